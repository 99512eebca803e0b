"""The texts of the inbox and the diary in Chinese, by their English.

TO_DO   English -> Chinese
DATES   codes of the diary
PHRASES    what proposals say of their days, as patterns -> Chinese
"""

import re
from collections.abc import Mapping

TO_DO: Mapping[str, str] = {
    # The inbox
    "Inbox": "待办",
    "It was proposed anew since you looked at it: look again.": "此事项在您查看后已重新提出：请再次查看。",
    "Recorded.": "已记录。",
    "This is not recorded": "未记录",
    "What somebody proposed and somebody else decides on, the oldest first. Nobody approves their own.": (
        "由一人提出、另一人决定的事项，最早的在前。任何人不得审批自己提出的事项。"
    ),
    "As a report": "以报表形式",
    "{days} days ago": "{days} 天前",
    "days waiting": "等待天数",
    "Nothing is decided in a view of another day.": "其他日期的视图中不能作出决定。",
    "It is your own: somebody else decides.": "这是您提出的：由他人决定。",
    "It is your own: somebody else approves it.": "这是您提出的：由他人审批。",
    "These roles decide:": "由以下角色决定：",
    "Look at its effect": "查看其影响",
    "To approve it, fill in there: {fields}.": "批准前请在该处填写：{fields}。",
    "Approve": "批准",
    "Approve in the stead of {delegator}": "代 {delegator} 批准",
    "To approve it in the stead of {delegator}, fill in there: {fields}.": (
        "代 {delegator} 批准前请在该处填写：{fields}。"
    ),
    "In the stead of": "代为",
    "Turn down": "驳回",
    "Reason": "理由",
    "The same over HTTP and on the command line": "通过 HTTP 与命令行的相同操作",
    # The diary
    "Diary": "日程",
    "Overdue": "逾期",
    "in {days} days": "{days} 天后",
    "See to it": "处理",
    "It is done": "已完成",
    "Waive it": "免于处理",
    "Take that back": "撤回",
    "No date needs an act in these days.": "此期间没有需要处理的日期。",
    "Dates {first} to {last} of {count}.": "共 {count} 个日期，此处为第 {first} 至 {last} 个。",
    "From the first": "回到开头",
    "Dates that need an act. A calendar program reads them at a secret address: `mcsc token create --calendar`.": (
        "需要处理的日期。日历程序可通过保密地址读取：`mcsc token create --calendar`。"
    ),
    "The diary: every date that needs an act, how far away it is, and whether it was seen to.": (
        "日程：每个需要处理的日期、距今多久、是否已处理。"
    ),
    "Diary: dates that need an act": "日程：需要处理的日期",
    "From this day; the default is the effective date, and all that is overdue.": (
        "自该日起；默认自生效日起，并含全部逾期事项。"
    ),
    "Through this day; the default is a year ahead.": "至该日止；默认为一年内。",
    "Only dates of this kind.": "仅此类日期。",
    "Only those that are so.": "仅此状态。",
    "Only those of this company.": "仅此企业。",
    "Only those of this lease, order, agreement or month.": "仅此租约、订单、协议或月份。",
    "lease, order, agreement or month": "租约、订单、协议或月份",
    "thing": "事项",
    "until on": "截止日",
    "entry": "条目",
}

DATES: Mapping[str, str] = {
    "LEASE_START": "起租", "RENT_STEP": "租金递增", "RENT_FREE_END": "免租期结束", "RENT_REVIEW": "租金复核",
    "TURNOVER": "申报营业额",
    "BREAK_NOTICE": "提前解约通知", "BREAK": "提前解约", "RENEWAL_NOTICE": "续租通知", "EXPIRY": "到期",
    "SURRENDER": "交还", "DEPOSIT_RETURN": "退还押金", "TRANCHE": "出资", "COVENANT_TEST": "承诺考核",
    "QUOTATION_END": "报价失效", "MILESTONE": "里程碑付款", "WARRANTY_END": "质保期满",
    "CONTRACT_YEAR_END": "合同年度结束", "OFFTAKE_END": "承购期满", "VAT_RETURN": "增值税申报",
    "VAT_PAYMENT": "缴纳增值税",
    "TERMINATION_PAYMENT": "解约补偿到期", "CERTIFICATE_EXPIRY": "绿证到期", "OVERDUE": "逾期", "DUE": "临近",
    "AHEAD": "未到", "PASSED": "已过", "DONE": "已完成", "WAIVED": "已免除",
}  # fmt: skip
"""The codes of the diary: its kinds, and how far each entry is."""

DAY = "([0-9]{4}-[0-9]{2}-[0-9]{2})"
PHRASES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(f"{DAY} to {DAY}$"), r"\1 至 \2"),
    (re.compile(f"^from {DAY}: "), r"自 \1 起："),
    (re.compile(f" from {DAY}$"), r"，自 \1 起"),
    (re.compile("^([0-9,.]+) to ([0-9,.]+ CNY): "), r"\1 至 \2："),
    (re.compile("^([0-9,.]+ CNY) mirrors ([a-z0-9-]+): "), r"\1，冲销 \2："),
    (re.compile("^([0-9,.]+ CNY) repeats ([a-z0-9-]+): "), r"\1，重复 \2："),
    (re.compile("^BUYER owes "), "买方应付 "),
    (re.compile("^SELLER owes "), "卖方应付 "),
    (re.compile(" CNY and ([0-9.]+) VAT: "), r" CNY，另加税率 \1 的增值税："),
    (re.compile("^([0-9]{4}-[0-9]{2}) run ([0-9]+): "), r"\1 第 \2 版："),
)
