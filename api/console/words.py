"""Every text of the desk's pages, in both languages.

say      a text in a language, with its values
worded   a cell of a report: words of ours in a language, anything else as it is
unit     a unit of figures
named    a report's name; heading: what stands above a column of one

English is written where it is shown, and is the key; here is its Chinese. What has none is shown between ⟦ and ⟧, and
fails a test.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal

from api.console.words_to_do import DATES, TO_DO

Language = Literal["en", "zh"]
LANGUAGES: Mapping[Language, str] = {"en": "en", "zh": "zh-CN"}

REPORTS: Mapping[str, tuple[str, str]] = {
    "rent-roll": ("Rent roll", "租金台账"),
    "occupancy": ("Occupancy", "出租率"),
    "lease-expiry": ("Lease expiry", "租约到期"),
    "receivables-ageing": ("Receivables ageing", "应收账龄"),
    "companies": ("Company register", "企业名册"),
    "funnel": ("Channel funnel", "渠道漏斗"),
    "channel-money": ("Channels in money", "渠道资金"),
    "investment": ("Investment", "招商投资"),
    "order-book": ("Order book", "订单台账"),
    "fx-exposure": ("FX exposure", "外汇敞口"),
    "energy": ("Energy", "能源结算"),
    "offtake-shortfall": ("Offtake shortfall", "承购缺口"),
    "trial-balance": ("Trial balance", "科目余额表"),
    "journal": ("Journal", "会计分录"),
    "revenue": ("Revenue", "收入"),
    "deferred-revenue": ("Deferred revenue", "递延收入"),
    "periods": ("Accounting periods", "会计期间"),
    "rates": ("Reference rates", "参考费率"),
    "proposals": ("Open proposals", "待审批事项"),
    "diary": ("Diary", "日程"),
    "exceptions": ("Exceptions", "异常事项"),
    "access": ("Access log", "访问日志"),
    "certificates": ("Certificates", "核对证明"),
}

ZH: Mapping[str, str] = {
    **TO_DO,
    # Who knew, who tried, what was found
    (
        "What is out of the ordinary: how many facts of each kind, and which. One pass over the log; --s"
        "ince and --until make it shorter."
    ): ("异常事项：各类事实的数量及明细。需通读一遍日志；--since 与 --until 可缩短范围。"),
    (
        "The access log: refused commands, failed sign-ins, and what was read with keys and by auditors."
        " For auditors and admins."
    ): ("访问日志：被拒绝的指令、失败的登录，以及凭密钥和由审计员读取的内容。供审计员与管理员使用。"),
    "What was found when read models were held against the log (`mcsc check --certify`, `mcsc rebuild`).": (
        "读取模型与日志核对的结果（`mcsc check --certify`、`mcsc rebuild`）。"
    ),
    "closes": "结账记录",
    "A fact recorded so many days after it took effect comes late.": "生效后超过此天数才记录的事实视为迟录。",
    "late": "迟录",
    "Recorded at or after: a date or an instant.": "记录时间不早于：日期或时刻。",
    "Recorded at or before: a date or an instant.": "记录时间不晚于：日期或时刻。",
    "until": "截至",
    (
        "Only facts of one kind: LATE, FUTURE_DATED, OVERRIDE, SELF_APPROVED, CORRECTION, MONTH_REOPENED"
        ", ACCESS_WITHDRAWN, BY_NAME_ONLY."
    ): (
        "仅某一类事实：LATE 迟录、FUTURE_DATED 未来日期、OVERRIDE 越权放行、SELF_APPROVED"
        " 自行审批、CORRECTION 更正、MONTH_REOPENED 重新开账、ACCESS_WITHDRAWN 撤销权"
        "限、BY_NAME_ONLY 仅凭姓名。"
    ),
    "Only what this person recorded.": "仅此人记录的内容。",
    "actor": "操作人",
    "Only after this position.": "仅此位置之后。",
    "after": "此后",
    "Exceptions: how many of each kind, then the facts (more of them with --after)": (
        "异常事项：各类数量，其后为事实明细（更多请用 --after）"
    ),
    "out of the ordinary": "异常",
    "about": "对象",
    "effective on": "生效日",
    "days late": "迟录天数",
    "known by": "身份依据",
    "At or after: a date or an instant.": "不早于：日期或时刻。",
    "At or before: a date or an instant.": "不晚于：日期或时刻。",
    "Only what this person did.": "仅此人的操作。",
    "Only with the key of this id.": "仅此编号的密钥。",
    "key": "密钥",
    "Only of one kind: refused, preview-refused, denied, sign-in, read, dropped, cut.": (
        "仅某一类：refused 拒绝、preview-refused 预览被拒、denied 无权、sign-in 登录、"
        "read 读取、dropped 丢弃、cut 截断。"
    ),
    "Only with this code of a refusal, or reason of a failed sign-in.": "仅此拒绝代码，或此登录失败原因。",
    "Only at this address, or at those that begin as it does where it ends in *.": (
        "仅此地址；以 * 结尾时为所有以其开头的地址。"
    ),
    "path": "地址",
    "Access log: who knew, who tried (UTC, the latest first)": "访问日志：谁看过、谁试过（UTC，最新在前）",
    "Certificates of read models": "读取模型核对证明",
    # The frame
    "City": "园区",
    "Overview": "概览",
    "Reports": "报表",
    "All reports": "全部报表",
    "Audit": "审计",
    "Timeline": "时间线",
    "Verify": "校验",
    "Tenancy": "租赁",
    "Companies": "企业",
    "Deals": "交易",
    "Books": "账簿",
    "Others": "其他",
    "Skip to the content": "跳到正文",
    "Pages": "页面",
    "Language": "语言",
    "Sign out": "退出",
    "DEMO": "演示",
    "Invented examples: nothing here is real": "虚构示例：此处内容均非真实",
    "Facts 1–{size}": "事实 1–{size}",
    "root {root}…": "根哈希 {root}…",
    "read models at {position}": "读模型至 {position}",
    "ledger {name}": "账本 {name}",
    "version {version}": "版本 {version}",
    "days in UTC{zone}": "日期按 UTC{zone}",
    # Signing in
    "Sign in": "登录",
    "Sign in as {actor}": "以 {actor} 身份登录",
    "Sign in with a link, or with your key": "用登录链接或密钥登录",
    "A link comes from `mcsc desk link`, or from `mcsc demo`; it works once.": (
        "登录链接由 `mcsc desk link` 或 `mcsc demo` 生成，只能使用一次。"
    ),
    "API key": "API 密钥",
    "It begins with mcsc_ and is sent once; the browser keeps a session of {hours} hours.": (
        "以 mcsc_ 开头，只发送一次；浏览器保留 {hours} 小时的会话。"
    ),
    "This key opens nothing: it is unknown, revoked or expired.": "此密钥无效：未知、已吊销或已过期。",
    "This link does not work any more: it was used, or is too old.": "此链接已失效：已被使用或已过期。",
    "You are about to enter this ledger in the role {role}.": "您将以“{role}”角色进入本账本。",
    # Roles
    "deal_desk": "招商业务",
    "approver": "审批人",
    "finance": "财务",
    "auditor": "审计",
    "admin": "管理员",
    # The time bar
    "Time": "时间",
    "Effective on": "业务生效日",
    "As recorded by": "截至记录时点",
    "Show": "显示",
    "Now": "当前",
    "Month-end": "月末",
    "Year-end": "年末",
    "As closed {month}": "{month} 结账时",
    "Pin": "固定",
    "Keep this address on fact {position}, whatever is recorded later": (
        "将此地址固定在第 {position} 条事实，不受以后记录影响"
    ),
    "Today, with all that is recorded": "今日，含全部记录",
    "Not today's view: effective {effective}, as recorded at fact {position}": (
        "非当前视图：生效日 {effective}，截至第 {position} 条事实"
    ),
    "{count} later facts are not in this view": "其后的 {count} 条事实不在此视图中",
    "Return to now": "回到当前",
    # Reports
    "Every figure is a link to its receipt: the facts that made it.": "每个数字都可点开凭据：查看由哪些事实得出。",
    "Filters": "筛选",
    "any": "不限",
    "yes": "是",
    "no": "否",
    "Export": "导出",
    "Nothing is on record here, on this basis.": "在此口径下没有记录。",
    "More": "下一页",
    "From the beginning": "从头开始",
    "{count} rows": "{count} 行",
    "Rows and columns of {report}": "{report}的行与列",
    "A figure that you do not find here stands in the CSV, column by column.": "此处没有的列，请见 CSV。",
    # Receipts
    "Receipt": "凭据",
    "Receipt: {report}": "凭据：{report}",
    "Cell": "单元格",
    "Figure": "数字",
    "The facts that made it": "由哪些事实得出",
    "The cells that it sums": "汇总了哪些单元格",
    "The figures that it is worked out from": "由哪些数字算出",
    "Position": "序号",
    "Recorded": "记录时间",
    "By": "记录人",
    "Fact": "事实",
    "Share": "份额",
    "After it": "记录后",
    "Sum of {count} facts": "{count} 条事实之和",
    "Sum of {count} cells": "{count} 个单元格之和",
    "Worked out from {count} figures": "由 {count} 个数字算出",
    "✓ equals the figure": "✓ 与数字一致",
    "✗ is not the figure, which is {figure}": "✗ 与数字 {figure} 不一致",
    "✓ the last fact says what the report does": "✓ 最后一条事实与报表一致",
    "✗ the last fact does not say what the report does": "✗ 最后一条事实与报表不一致",
    "No fact moves this figure: it is nothing.": "没有事实影响此数字：为零。",
    "{listed} of {count} facts are listed": "列出 {count} 条事实中的 {listed} 条",
    "The next facts": "后续事实",
    "Back to {report}": "返回{report}",
    "As JSON": "JSON 格式",
    # Worked out in words
    "the sum over tenants, orders and agreements": "租户、订单与协议之和",
    "the companies that reached it": "达到该阶段的企业数",
    "the median over companies with both dates": "两个日期均有的企业的中位数",
    "the sum over their agreements": "其协议之和",
    "the number of their agreements": "其协议数",
    "the sum over agreements": "各协议之和",
    "the sum over orders": "各订单之和",
    "the sum over latest approved runs, rounded once": "最新已审批结算之和，一次舍入",
    "the sum over contract years": "各合同年之和",
    "the sum over the units of its leases": "其租约各单元之和",
    "the number of leases": "租约数",
    "the documents that fell due, less credit notes": "已到期单据减贷项通知",
    "what receipts paid of them": "其中收款已支付的部分",
    "12 × the sum over the let units": "已出租单元之和 × 12",
    # Audit
    "What was recorded, when and by whom, in the order recorded": "记录了什么、何时、由谁记录，按记录顺序",
    "Company": "企业",
    "Kind of fact": "事实类型",
    "Recorded by": "记录人",
    "After position": "此序号之后",
    "The latest": "最新",
    "{shown} of {total} facts": "{total} 条事实中的 {shown} 条",
    "{shown} facts": "{shown} 条事实",
    "About": "涉及",
    "Command": "命令",
    "Fact {position}": "事实 {position}",
    "What it says": "内容",
    "How it came to be recorded": "如何被记录",
    "Recorded at": "记录时间",
    "In the role": "角色",
    "Known by": "身份依据",
    "Idempotency key": "幂等键",
    "Class of data": "数据类别",
    "Tags": "标签",
    "Leaf hash (RFC 6962)": "叶哈希（RFC 6962）",
    "The sealed envelope, byte for byte": "封存的信封，逐字节",
    "Earlier": "上一条",
    "Later": "下一条",
    "Recompute every hash, and compare": "重新计算全部哈希并比对",
    "Each fact is a leaf of a Merkle tree. Whoever changes one changes the root.": (
        "每条事实都是默克尔树的一片叶子；改动任何一条，根哈希就会改变。"
    ),
    "Head of the log": "日志头",
    "Facts": "事实数",
    "Root hash": "根哈希",
    "Last check": "最近一次校验",
    "Not checked since this server started.": "本服务启动以来尚未校验。",
    "Checking: {done} of {total} facts": "正在校验：{done} / {total} 条事实",
    "✓ {size} facts and {receipts} answers are as they were sealed": (
        "✓ {size} 条事实与 {receipts} 条应答均与封存时一致"
    ),
    "✗ The ledger was altered": "✗ 账本已被改动",
    "The check could not be made; the log of the server says why.": "未能完成校验；原因见服务日志。",
    "finished {when}": "完成于 {when}",
    "Write the root down elsewhere, or have it signed (`mcsc checkpoint`): this check rests on the head kept here.": (
        "请另行记下根哈希或签署检查点（`mcsc checkpoint`）：本校验以此处保存的日志头为准。"
    ),
    # City
    "Smart City, {today}": "智慧城，{today}",
    "Occupancy": "出租率",
    "Passing rent a month": "月租金",
    "Receivables overdue": "逾期应收",
    "Orders still to come": "未完成订单",
    "Energy delivered in {year}": "{year} 年已供能源",
    "of lettable area, committed": "占可租面积，已签约",
    "CNY, excluding VAT": "元，不含增值税",
    "CNY, balance at the date": "元，当日余额",
    "CNY, backlog at the date": "元，当日未交付",
    "kWh, latest runs": "千瓦时，最新结算",
    "Waits for a second person": "等待第二人审批",
    "Nothing waits.": "没有待审批事项。",
    "proposed by {actor} on {day}": "{actor} 于 {day} 提出",
    "See all": "查看全部",
    "Latest facts": "最新事实",
    "Three things to try": "三件可试的事",
    "Open the receipt of a figure": "打开一个数字的凭据",
    "Why is the rent what it is? Every fact behind it, with its share.": "租金为何是这个数？其背后每条事实及其份额。",
    "See the city as it was known": "查看当时所知的园区",
    "The rent roll as it was recorded when {month} was closed.": "{month} 结账时所记录的租金台账。",
    "The rent roll as it was at the end of last year.": "去年年末的租金台账。",
    "Prove that nothing was altered": "证明没有改动",
    "Recompute every hash of the log, and compare it with the root.": "重新计算日志的全部哈希，并与根哈希比对。",
    # What goes wrong
    "Nothing is here": "此处没有内容",
    "This cannot be shown": "无法显示",
    "This role may not see it": "此角色无权查看",
    "The service is busy, or not reachable": "服务繁忙或不可达",
    "A fault of ours": "系统故障",
    "The service says:": "服务说明：",
    "Request {request}": "请求 {request}",
    "Back to the first page": "返回首页",
    "The form came without the secret of your session: reload the page, and send it again.": (
        "表单缺少会话密令：请刷新页面后重新提交。"
    ),
    "There is no such page, or nothing of that name on this basis.": "没有此页面，或在此口径下没有该名称。",
    # Titles of sheets
    "Company register": "企业名册",
    "Open proposals: what waits for a second person": "待审批事项：等待第二人",
    "Channel funnel: companies that reached a stage": "渠道漏斗：达到各阶段的企业",
    "Accounting periods": "会计期间",
    "Reference rates": "参考费率",
    "Investment (contract currency and CNY at the date; intensity and tax in 万元/亩)": (
        "招商投资（合同币种及当日人民币；强度与税收单位：万元/亩）"
    ),
    "Channel funnel in money (CNY; investment is the investors' money, revenue MCSC's)": (
        "渠道资金（元；投资为投资方资金，收入为本公司收入）"
    ),
    "Order book (amounts in each order's currency)": "订单台账（金额按各订单币种）",
    "FX exposure (monetary balances at; CNY)": "外汇敞口（货币性余额；元）",
    "Energy (kWh, CNY; CO2 in tonnes is indicative, location-based)": (
        "能源结算（千瓦时、元；CO₂ 吨数仅供参考，基于位置）"
    ),
    "Offtake shortfall and make-up (kWh, CNY ex VAT)": "承购缺口与补提（千瓦时，元，不含税）",
    "Rent roll (CNY ex VAT a month, m²)": "租金台账（元/月，不含税；㎡）",
    "Occupancy (m², 亩, %)": "出租率（㎡、亩、%）",
    "Lease expiry (CNY a year ex VAT, m²)": "租约到期（元/年，不含税；㎡）",
    "Receivables ageing: balance (CNY) by days overdue": "应收账龄：按逾期天数的余额（元）",
    "Trial balance (CNY; balances at, movements in between)": "科目余额表（元；期初期末余额与本期发生额）",
    "Journal (CNY)": "会计分录（元）",
    "Revenue by service period (CNY ex VAT, movements)": "按服务期间的收入（元，不含税，发生额）",
    "Revenue by accounting period (CNY ex VAT, movements)": "按会计期间的收入（元，不含税，发生额）",
    "Deferred revenue (CNY, credits)": "递延收入（元，贷方）",
    # What reports answer
    "The company register.": "企业名册。",
    "The inbox: what waits for a second person, of every kind, and the commands that decide on it.": (
        "待办：各类等待第二人的事项，以及作出决定的指令。"
    ),
    "The channel funnel: how many companies of each origin reached which stage, and in how many days.": (
        "渠道漏斗：各来源的企业达到哪个阶段，用了多少天。"
    ),
    "Every month of the books: open, softly closed or closed, and the hash of what it closed on.": (
        "账簿的每个月份：开放、软结账或已结账，及结账内容的哈希。"
    ),
    "Reference rates: exchange, price indices, taxes, carbon factors; with source and who approved them.": (
        "参考费率：汇率、价格指数、税率、碳因子；含来源与审批人。"
    ),
    "Investment agreements: contracted, subscribed, paid in, utilised and FAI, each in its own column.": (
        "投资协议：签约、认缴、实缴、到资与固定资产投资，各占一列。"
    ),
    "From lead to money by origin channel, in CNY: invested by the companies, and earned with them.": (
        "按来源渠道由线索到资金（元）：企业投入，以及由此取得的收入。"
    ),
    "The order book: what is ordered, how far it is, what is still to come, and MCSC's fee.": (
        "订单台账：订购内容、进度、未完成部分及本公司费用。"
    ),
    "Receivables in foreign currencies: as they stand in the books, at the day's rate, and the difference.": (
        "外币应收款：账面值、按当日汇率之值及差额。"
    ),
    "Energy by agreement, month and run: kWh, price, net, CO2 (indicative), green certificates.": (
        "按协议、月份与结算次数的能源：千瓦时、单价、净额、CO₂（参考）、绿证。"
    ),
    "Take-or-pay by agreement and contract year, and the make-up bank.": "按协议与合同年的照付不议及补提余额。",
    "The rent roll: every unit, vacant ones too; leases signed and not begun at the end.": (
        "租金台账：每个单元，含空置；已签约未起租列于末尾。"
    ),
    "Occupancy by building: committed (signed), physical (handed over), economic (rent of rental value).": (
        "按楼栋的出租率：签约、实际交付、经济（租金占估计租值）。"
    ),
    "When let space comes free, by expiry and by next break; WAULT, WALE, reversion and collection.": (
        "已租面积何时空出：按到期与下一解约日；加权剩余租期、租金回归与收缴率。"
    ),
    "Receivables by days overdue, with the control account they foot to; unapplied receipts apart.": (
        "按逾期天数的应收款，与控制账户核对；未核销收款单列。"
    ),
    "What each account holds, how it moved, and whether the books balance. A credit balance is in parentheses.": (
        "各科目余额、发生额及账簿是否平衡；贷方余额用括号表示。"
    ),
    "What was posted, by which facts, in the order recorded.": "过账内容及其依据的事实，按记录顺序。",
    "Revenue by month, stream, tenant and lease: by service or by accounting period, both to one total.": (
        "按月份、类别、租户与租约的收入：按服务期间或会计期间，合计一致。"
    ),
    "What was paid or billed ahead of what is earned for it, from opening to closing; credits are positive.": (
        "先于确认而收取或开票的款项，自期初至期末；贷方为正。"
    ),
    # What filters do
    "Only companies at this stage, such as OPERATING.": "仅此阶段的企业。",
    "Only companies of this origin channel, such as CIIE_PAVILION.": "仅此来源渠道的企业。",
    "Part of an id, a name, a USCC or an LEI.": "编号、名称、统一社会信用代码或 LEI 的一部分。",
    "Only this series, such as vat/leasing.": "仅此系列，如 vat/leasing。",
    "Only this agreement.": "仅此协议。",
    "Only months from this one on.": "仅自此月起。",
    "An earlier effective date to show the change from.": "用于比较变化的更早生效日。",
    "Also the collection of what fell due from this day on.": "同时显示自此日起到期款项的收缴。",
    "Expected losses by age, not due first: six ratios with commas.": (
        "各账龄的预期损失率，未到期在前：六个比率，用逗号分隔。"
    ),
    "The first day of the movements.  [default: 1 January]": "发生额的第一天。[默认：1 月 1 日]",
    "Do not compare with the subledgers: answers sooner.": "是否与明细账核对；不核对则更快。",
    "Only entries accounted for on this day or later.": "仅此日及以后入账的分录。",
    "An account or its code, such as bank or 1002.": "科目或其代码，如 bank 或 1002。",
    "Only entries about this lease.": "仅与此租约有关的分录。",
    "Only entries about this tenant.": "仅与此租户有关的分录。",
    "Only entries about this invoice, note, receipt or deposit.": "仅与此发票、通知、收款或押金有关的分录。",
    "service or accounting: the month earned for, posted in.": "服务期间或会计期间：归属月份或过账月份。",
    "Only this stream, such as RENT or SERVICE_CHARGE.": "仅此类别。",
    "Only this tenant.": "仅此租户。",
    "Only this lease.": "仅此租约。",
}

COLUMNS: Mapping[str, str] = {
    "company": "企业", "name": "名称", "stage": "阶段", "since": "自", "origin": "来源", "identifier": "证件号",
    "reported settled": "据报已落户", "kind": "类型", "which": "对象", "what": "内容", "proposed by": "提出人",
    "on": "日期", "somebody else approves with": "由他人批准的命令", "turned down with": "驳回的命令",
    "leads": "线索", "qualified": "已评估", "loi": "意向书", "agreements": "协议", "registered": "已注册",
    "settled_in": "已落户", "settled in": "已落户", "operating": "运营中", "exited": "已退出",
    "lead → operating, %": "线索→运营，%", "month": "月份", "state": "状态", "entries": "分录数",
    "closed at": "结账序号", "sha256": "SHA-256", "series": "系列", "from": "自", "value": "数值",
    "source": "来源", "decided by": "审批人", "agreement": "协议", "ccy": "币种", "contracted": "签约额",
    "subscribed": "认缴", "due": "到期", "paid in": "实缴", "%": "%", "paid in CNY": "实缴（元）",
    "utilised CNY": "到资（元）", "loans CNY": "贷款（元）", "FAI CNY": "固投（元）", "亩": "亩",
    "intensity": "强度", "target": "目标", "tax/亩": "税收/亩", "jobs": "就业", "incentives": "奖励",
    "by others": "他方支付", "clawback": "追回", "waived": "豁免", "collected": "已收", "outstanding": "未收",
    "signed": "已签约", "paid in %": "实缴率 %", "utilised": "到资", "fai": "固投", "rent": "租金",
    "other revenue": "其他收入", "revenue": "收入", "order": "订单", "supplier": "供应商", "buyer": "买方",
    "model": "型号", "kW": "千瓦", "qty": "数量", "value CNY": "金额（元）", "role": "角色",
    "next milestone": "下一里程碑", "invoiced": "已开票", "received": "已收款", "backlog": "未完成",
    "fee expected": "预计费用", "fee earned": "已得费用", "receivable": "应收款", "balance": "余额",
    "in the books": "账面值", "rate": "汇率", "CNY": "元", "unrealised": "未实现损益", "run": "次",
    "delivered": "供应量", "deemed": "视同供应", "curtailed": "限电", "price": "单价", "net": "净额",
    "VAT": "增值税", "delta net": "净额差", "available %": "可用率 %", "t CO2": "CO₂ 吨", "GEC": "绿证",
    "carried": "结转", "year": "年度", "ACQ": "年合同量", "adjusted": "调整", "take-or-pay": "照付不议量",
    "taken": "提取量", "carried in": "转入", "shortfall": "缺口", "payment": "付款", "opening": "期初",
    "made up": "补提", "expired": "失效", "closing": "期末", "closing CNY": "期末（元）", "damages": "违约金",
    "unit": "单元", "m²": "面积 ㎡", "status": "状态", "tenant": "承租方", "lease": "租约", "expiry": "到期日",
    "next break": "下一解约日", "rent/m²": "租金/㎡", "passing": "月租金", "headline": "面价租金",
    "next step": "下次调租", "to": "调至", "service": "物业费", "deposit": "押金", "arrears": "欠租",
    "ERV": "估计租值", "building": "楼栋", "lettable m²": "可租 ㎡", "committed m²": "已签约 ㎡",
    "physical m²": "已交付 ㎡", "vacant m²": "空置 ㎡", "committed %": "签约率 %", "physical %": "交付率 %",
    "economic %": "经济率 %", "vacancy %": "空置率 %", "ERV vacancy %": "租值空置率 %",
    "under construction m²": "在建 ㎡", "off market m²": "停租 ㎡", "change, points": "变化，百分点",
    "by": "按", "leases": "租约数", "% of m²": "面积占比 %", "% of rent": "租金占比 %", "document": "单据",
    "days": "天数", "not due": "未到期", "1–30": "1–30", "31–60": "31–60", "61–90": "61–90", "91–180": "91–180",
    ">180": ">180", "total": "合计", "unapplied": "未核销", "ECL": "预期损失", "code": "代码",
    "account": "科目", "debit": "借方", "credit": "贷方", "subledger": "明细账", "difference": "差额",
    "position": "序号", "posted on": "入账日", "fact": "事实", "for": "归属月", "period": "期间",
    "stream": "类别", "recognised": "确认", "billed": "开票", "accrued": "应计", "journals": "分录",
    "additions": "增加", "exchange": "汇兑", "reclassified": "重分类", "search": "搜索", "from on": "起始日",
    "from month": "起始月", "due from": "到期自", "compare": "比较", "rates": "损失率",
    "subledgers": "核对明细账",
}  # fmt: skip
"""Headings of reports, and names of their filters."""

CODES: Mapping[str, str] = {
    **DATES,
    "LEAD": "线索", "QUALIFIED": "已评估", "LOI_SIGNED": "已签意向书", "AGREEMENT_SIGNED": "已签协议",
    "REGISTERED": "已注册", "SETTLED_IN": "已落户", "OPERATING": "运营中", "EXITING": "退出中",
    "EXITED": "已退出", "REJECTED": "已驳回", "DORMANT": "搁置", "MERGED": "已合并",
    "CIIE_PAVILION": "进博会展区", "BAC_REFERRAL": "商会推荐", "GOV_AGREEMENT": "政府协议", "DIRECT": "直接",
    "PARTNER": "合作伙伴", "OTHER": "其他", "OPEN": "开放", "SOFT_CLOSED": "软结账", "CLOSED": "已结",
    "PROPOSED": "待批", "APPROVED": "已批准", "DRAFT": "草稿", "SIGNED": "已签约", "IN_PERFORMANCE": "履行中",
    "FULFILLED": "已履行", "BREACHED": "违约", "TERMINATED": "已终止", "AGENT": "代理", "OBSERVER": "观察",
    "PRINCIPAL": "主要责任人", "QUOTED": "已报价", "ORDERED": "已下单", "DEPOSIT_PAID": "已付定金",
    "IN_PRODUCTION": "生产中", "FAT_PASSED": "出厂验收", "SHIPPED": "已发运", "CUSTOMS_CLEARED": "已清关",
    "DELIVERED": "已交付", "INSTALLED": "已安装", "SAT_PASSED": "现场验收", "ACCEPTED": "已验收",
    "WARRANTY": "质保期", "CANCELLED": "已取消", "LAPSED": "已失效", "CALCULATED": "已计算",
    "DISPUTED": "有争议", "LET": "已出租", "AVAILABLE": "可租", "RESERVED": "已预留", "OFF_MARKET": "停租",
    "UNDER_CONSTRUCTION": "在建", "PLANNED": "规划", "RENT": "租金", "SERVICE_CHARGE": "物业费",
    "LATE_FEE": "滞纳金", "TERMINATION_FEE": "解约费", "ENERGY": "能源", "TAKE_OR_PAY": "照付不议",
    "GUARANTEE_LD": "保证违约金", "REFUND_CLAIM": "退款请求", "DEPOSIT_FORFEIT": "没收押金",
    "EQUIPMENT": "设备", "COMMISSION": "佣金", "CANCELLATION_FEE": "取消费", "OVERRIDE": "例外", "RATE": "费率",
    "REOPENING": "重开期间", "LEASE": "租约", "LEASE_AMENDMENT": "租约变更", "WRITE_OFF": "核销",
    "INVESTMENT_AMENDMENT": "投资变更", "CLAWBACK_WAIVER": "追回豁免", "CHANGE_ORDER": "订单变更",
    "INVESTMENT_AGREEMENT": "投资协议", "OFFTAKE_AGREEMENT": "承购协议", "STATEMENT": "结算单",
    "OFFTAKE_AMENDMENT": "承购变更", "LIVE": "真实", "PUBLIC_FACT": "公开事实", "FICTIONAL": "虚构",
    "TOTAL": "合计",
}  # fmt: skip
"""What is written as a code, in reports and in filters."""

KEPT = {"CIIE", "BAC", "LOI", "FAT", "SAT", "LD"}
"""Parts of codes that are abbreviations in English too."""

CELLS: Mapping[str, str] = {
    "signed, not begun; in no total": "已签约未起租；不计入合计", "no building": "无楼栋", "no end": "无到期日",
    "subtotal": "小计", "latest": "最新", "with nobody known": "来源不明", "expiry": "到期", "break": "解约",
    "owed for equipment orders": "设备订单应收", "control account 1122": "控制账户 1122", "difference": "差额",
    "WAULT to expiry, years": "至到期加权剩余租期（按租金），年",
    "WAULT to break, years": "至解约加权剩余租期（按租金），年",
    "WALE by area, years": "加权剩余租期（按面积），年", "passing rent a m² and month": "每㎡月租金",
    "reversion, %": "租金回归，%", "service": "服务期间", "accounting": "会计期间", "Bank": "银行存款",
    "Trade receivables": "应收账款", "Straight-line rent clearing": "直线法租金清算",
    "Contract assets and retention": "合同资产与质保金", "Other receivables": "其他应收款",
    "Loss allowance (ECL)": "坏账准备（ECL）", "Equipment inventory": "设备存货", "Trade payables": "应付账款",
    "Receipts not yet applied": "未核销收款", "Equipment advances": "设备预收款", "Make-up rights": "补提权",
    "Output VAT": "销项税额", "Output VAT pending transfer": "待转销项税额", "Tenant deposits": "租户押金",
    "Client money held as agent": "代收客户款", "Retained earnings": "未分配利润", "Rent, fixed": "固定租金",
    "Rent, variable and index": "浮动与指数租金", "Service charge": "物业费", "Energy": "能源",
    "Equipment sales": "设备销售", "Commission fees": "佣金", "Settlement services": "结算服务",
    "Other operating income": "其他业务收入", "Exchange gain and loss": "汇兑损益",
    "Non-operating income": "营业外收入", "Cost of sales": "销售成本", "Bank charges": "银行手续费",
    "Credit-loss expense": "信用减值损失", "Incentives to investors": "对投资方奖励",
    "Prior-year adjustment": "以前年度损益调整",
}  # fmt: skip
"""Words of ours in the cells of reports."""

PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(\d+) of (\d+) let"), r"\2 个中已租 \1 个"),
    (re.compile(r"(\d+) agreements?"), r"\1 份协议"),
    (re.compile(r"at (\d{4}-\d\d-\d\d)"), r"\1 余额"),
    (re.compile(r"collected of what fell due since (\S+), %"), r"自 \1 起到期款项的收缴率，%"),
)
"""Texts of sheets that hold a value."""

UNITS: Mapping[str, tuple[str, str]] = {
    "m2": ("m²", "㎡"),
    "mu": ("亩", "亩"),
    "%": ("%", "%"),
    "CNY": ("CNY", "元"),
    "CNY/month": ("CNY a month", "元/月"),
    "CNY/year": ("CNY a year", "元/年"),
    "CNY/m2/month": ("CNY a m² and month", "元/㎡/月"),
    "10,000 CNY/mu": ("10,000 CNY a 亩", "万元/亩"),
    "kWh": ("kWh", "千瓦时"),
    "days": ("days", "天"),
    "years": ("years", "年"),
    "points": ("points", "百分点"),
    "units": ("units", "个单元"),
    "leases": ("leases", "份租约"),
    "companies": ("companies", "家企业"),
    "agreements": ("agreements", "份协议"),
    "journals": ("journals", "笔分录"),
}

ABBREVIATED = {"loi", "fai"}
WORD = re.compile(r"[a-z]{3}")
CODE = re.compile(r"(all )?([A-Z][A-Z_]{2,})( \d{4}| \(estimated\))?")


def say(language: Language, text: str, **values: Any) -> str:
    """A text in a language. One that has no Chinese is marked."""
    if language == "zh":
        text = ZH.get(text) or COLUMNS.get(text) or _by_pattern(text) or f"⟦{text}⟧"
    return text.format(**values) if values else text


def worded(language: Language, cell: str) -> str:
    """A cell: words and codes of ours in a language, anything else as it is."""
    if (found := CODE.fullmatch(cell)) and found[2] in CODES:
        return _code(language, found)
    if language == "en":
        return cell
    number, _, account = cell.partition(" ")
    if account in CELLS and number.replace(".", "").isdigit():
        return f"{number} {CELLS[account]}"
    return CELLS.get(cell) or _by_pattern(cell) or cell


def unit(language: Language, name: str | None) -> str:
    """A unit of figures; that of an amount in a currency is the currency."""
    en, zh = UNITS.get(name or "", (name or "", name or ""))
    return zh if language == "zh" else en


def named(language: Language, report: str) -> str:
    """A report's name; a new one is called as its address is."""
    en, zh = REPORTS.get(report, (report, f"⟦{report}⟧"))
    return zh if language == "zh" else en


def heading(language: Language, name: str) -> str:
    """The heading of a column, or the name of a filter: English ones begin with a capital where they are words."""
    said = say(language, name)
    if language == "en" and name in ABBREVIATED:
        return name.upper()
    return said[0].upper() + said[1:] if language == "en" and WORD.match(said) else said


def _code(language: Language, found: re.Match[str]) -> str:
    every, code, beside = bool(found[1]), found[2], found[3] or ""
    if language == "zh":
        return f"{'全部' if every else ''}{CODES[code]}{beside.replace(' (estimated)', '（估计）')}"
    parts = [part if part in KEPT else part.lower() for part in code.split("_")]
    words = " ".join(parts)
    return f"{'all ' if every else ''}{words if every else words[0].upper() + words[1:]}{beside}"


def _by_pattern(text: str) -> str | None:
    return next((pattern.sub(zh, text) for pattern, zh in PATTERNS if pattern.fullmatch(text)), None)
