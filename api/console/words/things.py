"""The words of comparing, of the pages of things and of plans -> Chinese.

THINGS     English -> Chinese
SECTIONS   the kinds of rows of reports, as their cells are named by them -> Chinese
"""

from collections.abc import Mapping

THINGS: Mapping[str, str] = {
    # A report on two bases
    "Compare: {report}": "比较：{report}",
    "Compare with what is known now": "与目前所知比较",
    "{report} is not compared: its rows are facts.": "{report} 不作比较：其各行即为事实。",
    "{count} leases in force that day were recorded later": "当日有效的 {count} 份租约为事后记录",
    "and are not in this view": "未列入本视图",
    "recorded {day}": "{day} 记录",
    "As reported": "原报告",
    "Time passed": "时间推移",
    "Recorded since, of later days": "其后记录（较晚日期）",
    "Recorded late": "迟记",
    "Corrections": "更正",
    "Reversals": "冲回",
    "Figures that differ": "有差异的数字",
    "Every figure that differs": "全部有差异的数字",
    "What it was and the steps come to what it is": "原数加各步等于现数",
    "Σ ✓ what it was and the steps come to what it is": "Σ ✓ 原数加各步等于现数",
    "Σ ✗ what it was and the steps do not come to what it is": "Σ ✗ 原数加各步不等于现数",
    "work it out": "计算",
    "facts": "事实",
    "Step": "步骤",
    "From the one to the other": "由此及彼",
    "Its facts": "相关事实",
    "{count} facts": "{count} 条事实",
    "{figure} by days alone": "其中 {figure} 仅因日期推移",
    "The facts of the time that passed are too many for one page: choose dates that lie closer together.": (
        "该期间的事实过多，一页无法列出：请选择更接近的日期。"
    ),
    "The facts of each step": "各步的事实",
    "The figures that it rests on": "其所依据的数字",
    "More facts": "更多事实",
    "✗ the facts do not come to the difference: the read models want checking (mcsc check)": (
        "✗ 事实与差异不符：请检查读模型（mcsc check）"
    ),
    "✓ the facts come to every difference that is worked out here": "✓ 此处算出的每项差异均与事实相符",
    "Sums only: {count} single figures are folded away.": "仅显示合计：已折叠 {count} 个单项数字。",
    "Show every figure": "显示全部数字",
    "Two bases, one report": "两个基准，一份报表",
    (
        "Say since when: a close, a day, or the position of a fact. Every figure that differs is shown with what moved"
        " it: facts recorded late, corrections, reversals, and the time that passed."
    ): "请指明自何时起：某次结账、某日或某事实的序号。凡有差异的数字均列出其变动原因：迟记、更正、冲回及时间推移。",
}

SECTIONS: Mapping[str, str] = {
    "ACCOUNT": "科目", "AGREEMENT": "协议", "BUILDING": "楼栋", "CHANNEL": "渠道", "CONTROL": "控制账户",
    "CURRENCY": "币种", "DIFFERENCE": "差额", "DOCUMENT": "单据", "MEASURE": "指标", "ORDER": "订单",
    "ORDERS": "设备订单", "ORIGIN": "来源", "RECEIVABLE": "应收款", "ROW": "行", "RUN": "结算次", "STREAM": "类别",
    "TENANT": "租户", "TO_BREAK": "至下一解约日", "TO_EXPIRY": "至到期日", "UNAPPLIED": "未核销",
    "UNATTRIBUTED": "未归属", "UNIT": "单元", "YEAR": "年度",
}  # fmt: skip
