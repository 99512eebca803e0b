"""The rates of VAT and its rules in Chinese.

VAT_TEXTS   texts of the report that shows them
VAT_CODES   its codes
VAT_CELLS   what the law taxes, its texts, and the rules, by their English
"""

from collections.abc import Mapping

from ledger.bookkeeping.vat.rates import DECREE, OF_2016, OF_2018, OF_2019, RULES, SMALL
from projections.books.vat import LATE_RULE, TAX_POINT

VAT_TEXTS: Mapping[str, str] = {
    "VAT: the rates of the day, by whose approval or which text of law, and the rules of what is taxed": (
        "增值税：当日税率（审批人或法律依据）与计税规则"
    ),
    "The rates of VAT that hold on a day: approved ones, from when and found where; those of the law; and the rules "
    "of what is taxed, and what of them is not settled.": (
        "某日有效的增值税税率：经审批的税率（起始日与来源）、法定税率，以及计税规则和其中尚未明确之处。"
    ),
    "The rates that hold, from when and by which source, and the rules of what is taxed": (
        "有效税率、起始日与来源，以及计税规则"
    ),
    "subject": "对象",
    "what it says, or who approved it": "内容或审批人",
    "standing": "确定程度",
}
VAT_CODES: Mapping[str, str] = {
    "CONFIRMED": "已确认",
    "LAW": "法定",
    "RULE": "规则",
    "ASK_TAX_OFFICE": "请咨询税务机关",
}
REGULATIONS = "《增值税暂行条例》（国务院令第538号）"
CAISHUI_2016 = "财税〔2016〕36号"
RULES_ZH: Mapping[str, tuple[str, str]] = {
    "late fees": (
        "滞纳金",
        "属于价外费用的计入销售额：按所逾期款项的税率，从滞纳金中价税分离。未征税款项的滞纳金不征税。",
    ),
    "forfeited deposits": (
        "没收的押金",
        "租赁已履行、押金抵作租赁款或提前解约款的计入销售额：按租赁税率，从押金中价税分离。尚未提供任何服务即没收的，属于赔偿，不征税。"
        "命令未写明税率时，按 vat/forfeited-deposits 审批的税率。",
    ),
    "forfeited advances": (
        "没收的预付款",
        "交付前取消订单而没收的，属于赔偿，不征税；税务机关认定为价款一部分的除外，"
        "此时请审批 vat/forfeited-advances 自生效日起的税率。",
    ),
    "cancellation fees": (
        "取消费",
        "未交付订单的取消费属于赔偿，不征税；税务机关另有认定的除外，"
        "此时请审批 vat/cancellation-fees 自生效日起的税率。",
    ),
    "termination fees": ("解约费", "租约条款写明应税的，按租赁税率。"),
    "simplified leasing": (
        "简易计税租赁",
        "2025-12-31 及以前为 5%；自 2026-01-01 起按《增值税法》为 3%。"
        "2016 年 5 月前取得的不动产能否继续选择简易计税尚未确认："
        "请按税务机关意见审批 2026-01-01 起的 vat/leasing-simplified。",
    ),
    "rent in advance": (
        "预收租金",
        "纳税义务发生时间：开票日；到期前开票的，为收款日、合同约定付款日与开票日中最早者。"
        "按《增值税法》第二十八条，收款本身是否即产生纳税义务，尚未确认。",
    ),
    "tax point": (
        "纳税义务发生时间",
        "单据日期或报关单日期。预收租金：发票日期；到期前开票的，即为收款日、合同约定付款日与开票日中最早者。"
        "先于任何单据收到的款项（2203）在开票时计税。按《增值税法》（自 2026-01-01 起）第二十八条，"
        "预收租金在收款时还是分期计税，"
        "尚未确认：请咨询税务机关。",
    ),
    "recorded late": (
        "迟登记",
        "某月申报后才为该月登记的内容，并入下一期申报，并列明该月为补报。最近一期申报未缴款的，也可以撤回更正后重新申报。",
    ),
}
SAID = {**{one.subject: one.says for one in RULES}, "tax point": TAX_POINT, "recorded late": LATE_RULE}
VAT_CELLS: Mapping[str, str] = {
    **{english: RULES_ZH[subject][1] for subject, english in SAID.items()},
    **{subject: chinese for subject, (chinese, _) in RULES_ZH.items()},
    "goods, electricity, equipment": "货物、电力、设备",
    "goods, electricity, heat, equipment": "货物、电力、热力、设备",
    "leasing of real property, construction": "不动产租赁、建筑",
    "services: property management, brokerage": "服务：物业管理、经纪",
    "simplified: leasing of property of before 2016-05": "简易计税：2016 年 5 月前取得的不动产租赁",
    "simplified; from 2026 also leasing, if the option is still open": "简易计税；2026 年起如仍可选择，亦含租赁",
    "small-scale suppliers, reduced": "小规模纳税人减按",
    "exports, services across the border, exempt supplies": "出口、跨境服务、免税项目",
    "VAT Law, Art. 10": "《增值税法》第十条",
    "VAT Law, Art. 11": "《增值税法》第十一条",
    "VAT Law, Art. 10 and 24": "《增值税法》第十条、第二十四条",
    DECREE: REGULATIONS,
    f"{DECREE}; {OF_2016}": f"{REGULATIONS}；{CAISHUI_2016}",
    OF_2016: CAISHUI_2016,
    OF_2018: "财税〔2018〕32号",
    OF_2019: "财政部 税务总局 海关总署公告2019年第39号",
    SMALL: "财政部 税务总局公告2023年第19号",
}
