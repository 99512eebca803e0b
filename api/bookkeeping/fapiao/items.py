"""What charges are in the classification of goods and services (商品和服务税收分类编码).

USUAL      the items of rent and of services at a building
items_of   these, and what the settings say in their place or beside them

Source: the State Taxation Administration's table, 304050202 不动产经营租赁 and 304080101 物业管理服务. The platform may
ask for a narrower item than the usual one, and other charges have none by themselves: `fapiao_items` in mcsc.toml.
"""

from collections.abc import Mapping

from api.settings import Settings
from projections.tenancy.fapiao_requests import Item

USUAL: Mapping[str, Item] = {
    "RENT": Item("3040502020000000000", "租金"),
    "TURNOVER_RENT": Item("3040502020000000000", "营业额租金"),
    "SERVICE_CHARGE": Item("3040801010000000000", "物业服务费"),
}


def items_of(settings: Settings) -> Mapping[str, Item]:
    """The item of each charge that has one."""
    said: dict[str, Item] = {charge: Item(*text.split(" ", 1)) for charge, text in settings.fapiao_items.items()}
    return {**USUAL, **said}
