"""The texts of pages in Chinese, by their English; the books, what is to do and recording have rooms of their own.

PAGES   English -> Chinese
"""

from collections.abc import Mapping

PAGES: Mapping[str, str] = {
    # Documents
    "Forms": "表单",
    "Evidence files": "证明文件",
    "The document is kept": "文件已存档",
    "The document was kept already": "文件此前已存档",
    "Name": "名称",
    "Kind": "类型",
    "{size} bytes": "{size} 字节",
    "In a command": "在指令中写作",
    "Save it from here": "从此处保存",
    "Keep a document": "存档文件",
    "It is known by its SHA-256, which the fact that names it seals. The same file is kept once.": (
        "文件以其 SHA-256 识别，引用它的事实将此值封存。相同文件只存一份。"
    ),
    "File": "文件",
    "Taken: {kinds}; at most {most} bytes; nothing with macros.": "接受：{kinds}；最大 {most} 字节；不接受含宏文件。",
    "Keep it": "存档",
    "Your role does not keep documents; a fact that names one leads to it.": (
        "您的角色不能存档文件；引用文件的事实页上有其链接。"
    ),
    "is not kept here": "未在此存档",
    "text in UTF-8": "UTF-8 文本",
    "text in GB 18030": "GB 18030 文本",
    # Charts
    "Rent that comes free, year by year": "逐年到期租金",
    "Receivables by days overdue": "应收款按逾期天数",
    "Revenue by stream": "收入按类别",
    "Energy taken against contracted": "实际用能与合同电量",
    "Occupancy, quarter by quarter": "逐季出租率",
    "CNY a year": "元／年",
    "% of lettable area, committed": "占可租面积 %（已签约）",
    "Each column leads to the receipt of its figure; the table holds the same figures.": (
        "每根柱通向其数字的凭据；表中为相同数字。"
    ),
    "As a table": "以表格显示",
    "Sums only: {count} single rows are folded away.": "仅显示小计：已折叠 {count} 行明细。",
    "{count} columns: the table scrolls sideways; “Columns” shows only some.": (
        "共 {count} 列：表格可左右滚动；“列”可只显示其中几列。"
    ),
    "Show every row": "显示全部行",
    "{count} rows, from row {first} on; totals are of all.": "共 {count} 行，自第 {first} 行起；合计为全部行。",
    "kWh": "千瓦时",
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
        "Only facts of one kind: LATE, FUTURE_DATED, OVERRIDE, SELF_APPROVED, IN_STEAD, CORRECTION, MONTH_REOPENED"
        ", ACCESS_WITHDRAWN, BY_NAME_ONLY."
    ): (
        "仅某一类事实：LATE 迟录、FUTURE_DATED 未来日期、OVERRIDE 越权放行、SELF_APPROVED"
        " 自行审批、IN_STEAD 代为批准、CORRECTION 更正、MONTH_REOPENED 重新开账、ACCESS_WITHDRAWN 撤销权"
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
    "A year for auditors (ZIP)": "供审计的年度账套（ZIP）",
    "Calendar year": "会计年度",
    "Ledger, balances and open items as CSV, JSON and text with pipes; a README says what every column means.": (
        "总账明细、余额和未清项，以 CSV、JSON 和竖线分隔文本提供；README 说明每一列的含义。"
    ),
    "Tenancy": "租赁",
    "Companies": "企业",
    "Deals": "交易",
    "Offtake": "承购",
    "Books": "账簿",
    "Money": "资金",
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
    "Your session has ended; nothing was recorded. Sign in, and the form comes back as you typed it.": (
        "您的登录已失效，未记录任何内容。重新登录后，表单将按您填写的内容恢复。"
    ),
    "I signed in by a link: go on": "我已用链接登录：继续",
    "A link comes from `mcsc desk link`, or from `mcsc demo`; it works once.": (
        "登录链接由 `mcsc desk link` 或 `mcsc demo` 生成，只能使用一次。"
    ),
    "API key": "API 密钥",
    "It begins with mcsc_ and is sent once; the browser keeps a session of {hours} hours.": (
        "以 mcsc_ 开头，只发送一次；浏览器保留 {hours} 小时的会话。"
    ),
    "This key opens nothing: it is unknown, revoked or expired.": "此密钥无效：未知、已吊销或已过期。",
    "Sign in with your organisation": "以贵单位的账户登录",
    "Sign in with {provider}": "经 {provider} 登录",
    "The provider did not sign you in here: begin again, or sign in with a key.": (
        "身份提供方未能让您登录：请重新开始，或以密钥登录。"
    ),
    "The provider does not answer now: try again shortly, or sign in with a key.": (
        "身份提供方目前没有应答：请稍后再试，或以密钥登录。"
    ),
    "The provider knows you as {subject}, but its `{groups}` holds nothing that gives you a role here."
    " Ask an administrator for a group that does (`oidc_roles`).": (
        "身份提供方识别您为 {subject}，但其 `{groups}` 中没有可在此处取得角色的内容。"
        "请向管理员申请相应的组（`oidc_roles`）。"
    ),
    "The provider knows you as {subject}, but its `{name}` is no name of this ledger."
    " Ask an administrator for one: 1 to 63 lower-case letters, digits and hyphens.": (
        "身份提供方识别您为 {subject}，但其 `{name}` 不是本账簿可用的名称。"
        "请向管理员申请：1 至 63 个小写字母、数字和连字符。"
    ),
    "The provider knows you as {subject}, who may not come in any more. Ask an administrator.": (
        "身份提供方识别您为 {subject}，该身份已被禁止登录。请联系管理员。"
    ),
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
    "Papers": "单据",
    "Papers that went out": "已发出的单据",
    "Paper": "单据种类",
    "Issued on": "发出日",
    "Shows": "所示日期",
    "✓ This paper went out as it is": "✓ 此单据曾原样发出",
    "✗ No paper with these bytes went out": "✗ 未曾发出与此文件一致的单据",
    "It was altered, only looked at, or comes from elsewhere.": "它可能被改动过、仅被查看过，或来自别处。",
    "Check a paper in hand": "核验手中的单据",
    "Its SHA-256 is looked up among the papers that went out; the file is not kept.": (
        "按其 SHA-256 在已发出的单据中查找；文件不予保留。"
    ),
    "Check it": "核验",
    "The latest first. A paper is issued from its fact.": "最新的在前。单据从其事实页发出。",
    "None yet.": "尚无。",
    "Issue it: {paper}": "发出：{paper}",
    "Issuing records the paper's SHA-256, so that it is known again, and saves it.": (
        "发出时记录单据的 SHA-256 以便日后核验，并保存文件。"
    ),
    "Statement of account": "对账单",
    "Invoice": "账单",
    "Credit note": "贷项通知",
    "Energy statement": "电量结算单",
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
    "Sum of 1 fact": "1 条事实",
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
    "the sum over tenants, orders, agreements and payables": "租户、订单、协议与应付款之和",
    "TOTAL - CONTROL": "合计 - 总账科目",
    "the companies that reached it": "达到该阶段的企业数",
    "the median over companies with both dates": "两个日期均有的企业的中位数",
    "the sum over their agreements": "其协议之和",
    "the number of their agreements": "其协议数",
    "the sum over agreements": "各协议之和",
    "the sum over orders": "各订单之和",
    "the sum over the total above and the lines between": "上一合计与其后各项之和",
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
    "More filters": "更多筛选",
    "About the thing": "涉及对象",
    "Tag": "标签",
    "Effective from": "生效日自",
    "Effective until": "生效日至",
    "Recorded from": "记录时间自",
    "Recorded until": "记录时间至",
    "Days late, at least": "至少迟记天数",
    "Sample of": "抽样数",
    "Seed": "随机种子",
    "Corrections only": "仅更正",
    "Overrides only": "仅越过检查",
    "Self-approved only": "仅自行批准",
    "Future-dated only": "仅未来生效",
    "The latest": "最新",
    "{shown} of {total} facts": "{total} 条事实中的 {shown} 条",
    "{shown} facts": "{shown} 条事实",
    "About": "涉及",
    "Command": "命令",
    "Fact {position}": "事实 {position}",
    "What is on each bank account, in its currency and in CNY, and how it moved; together what 1002 says.": (
        "各银行账户的余额与变动，分别以账户币种和人民币列示；合计即 1002 科目余额。"
    ),
    "What moved on bank accounts, in the order of the books, and the balance after each.": (
        "银行账户的逐笔变动，按入账次序列示，并附每笔之后的余额。"
    ),
    "VAT in no return: {account}. It is filed with the month, or with the next one; it is no reason not to close.": (
        "尚未申报的增值税：{account}。随本月或下月申报；不妨碍结账。"
    ),
    "Output, input and import VAT line by line, by tax point, and what returns took over; ties to 2221.01 and "
    "2221.02.": ("按纳税义务发生日逐笔列示销项、进项和进口增值税及申报结转；与 2221.01、2221.02 科目核对一致。"),
    "The VAT return of a month: as it was filed, or as it would be filed now. What was recorded after a month's return "
    "was filed goes into the next one, or the latest is withdrawn and filed anew.": (
        "某月的增值税申报：已申报的数，或按现有账簿应申报的数。申报后才记录的计入下月申报，或撤回最近一次申报后重新申报。"
    ),
    "Whether the books and the bank say the same of each account, and every line that only one has.": (
        "各账户的账面余额与银行余额是否一致，以及仅一方有的每一笔。"
    ),
    "The VAT returns that were filed and stand, and what is paid of each.": "有效的增值税申报及其缴款情况。",
    "VAT by tax point: the date of the document; rent in advance when it is billed (CNY)": (
        "增值税明细，按纳税义务日：单据日期；预收租金于开票时（元）"
    ),
    "VAT return: payable = output - input - import - carried in (CNY)": (
        "增值税申报：应缴 = 销项 − 进项 − 进口 − 上期留抵（元）"
    ),
    "VAT returns (CNY)": "增值税申报记录（元）",
    "Bank reconciliation: books + before + gaps + only at the bank - only in the books = bank": (
        "银行余额调节：账面 + 对账前 + 缺口 + 仅银行有 - 仅账上有 = 银行"
    ),
    "Only this bank account.": "仅此银行账户。",
    "The first day of the lines.  [default: the first of the month]": "明细的起始日。[默认：当月第一天]",
    "Only these lines: OUTPUT, INPUT, IMPORT or TRANSFER.": "仅此类：OUTPUT、INPUT、IMPORT 或 TRANSFER。",
    "The month, such as 2024-06.  [default: that of the effective date]": "月份，如 2024-06。[默认：生效日所在月]",
    "Manual journals that wait for a decision": "待审批的手工凭证",
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
    "The first {shown} of {count} that wait; the others follow as these are decided.": (
        "待办共 {count} 项，显示前 {shown} 项；处理后依次显示其余。"
    ),
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
    "Request {request}": "请求 {request}",
    "Where to go from here": "可前往：",
    "Back to the first page": "返回首页",
    "The form came without the secret of your session: reload the page, and send it again.": (
        "表单缺少会话密令：请刷新页面后重新提交。"
    ),
    "There is no such page, or nothing of that name on this basis.": "没有此页面，或在此口径下没有该名称。",
    # Titles of sheets
    "Company register": "企业名册",
    "People at companies": "企业联系人",
    "Open proposals: what waits for a second person": "待审批事项：等待第二人",
    "Delegations: who approves in whose stead": "审批委托：谁代谁审批",
    "Who may approve in whose stead: from which day through which, of which kinds, and whether it holds.": (
        "谁可代谁审批：起止日期、审批类型以及是否有效。"
    ),
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
    "Payables ageing: balance (CNY) by days overdue": "应付账龄：按逾期天数的余额（元）",
    "Deposits (CNY)": "押金（元）",
    "Every deposit held, of ended leases too: how it came to that, and by when to pay it back.": (
        "持有的全部押金（含已终止的租约）：如何形成，以及应在何时退还。"
    ),
    "Doubts about what meters say (kWh)": "电表读数存疑（kWh）",
    "Lease costs (CNY)": "租赁激励与直接费用（元）",
    "Also costs of which nothing is left.": "也包括已摊销完毕的费用。",
    "The calendar year; by default that of the effective date.": "日历年；默认为生效日所在年度。",
    "Rent by turnover: what was declared, the share due of it, the year reconciled, and who is late.": (
        "营业额租金：申报的营业额、应付的分成、年度清算以及逾期未申报者。"
    ),
    "Incentives paid to tenants and initial direct costs: what months bore, and what is left.": (
        "支付给租户的激励与初始直接费用：各月承担多少、尚余多少。"
    ),
    "Also leases of whose deposit nothing is held any more.": "也包括押金已结清的租约。",
    "Trial balance (CNY; balances at, movements in between)": "科目余额表（元；期初期末余额与本期发生额）",
    "Statements": "财务报表",
    "Earned": "收入",
    "Journal (CNY)": "会计分录（元）",
    "Balance sheet (CNY, balances at)": "资产负债表（元，余额）",
    "Income statement, form of 2019 (CNY, movements)": "利润表，2019 年格式（元，发生额）",
    "Income statement, form of 2026 (CNY, movements)": "利润表，2026 年格式（元，发生额）",
    "Cash flow statement (CNY, movements)": "现金流量表（元，发生额）",
    "Changes in equity (CNY, balances at)": "所有者权益变动表（元，余额）",
    "Bank accounts (balances at, movements in between)": "银行账户（期初期末余额与本期发生额）",
    "Bank movements": "银行流水",
    "General ledger (CNY, entries and balances after them)": "明细账（元，逐笔发生额与余额）",
    "Revenue by service period (CNY ex VAT, movements)": "按服务期间的收入（元，不含税，发生额）",
    "Revenue by accounting period (CNY ex VAT, movements)": "按会计期间的收入（元，不含税，发生额）",
    "Deferred revenue (CNY, credits)": "递延收入（元，贷方）",
    "Inventory by order (CNY, at cost; what goes out is negative)": "订单存货（元，按成本；转出为负）",
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
    "Green certificates by lot: numbers, month, validity; what was transferred, retired, has expired and is held.": (
        "按批次的绿证：编号、发电月份、有效期；已划转、已核销、已过期及持有数量。"
    ),
    "Green certificates (1 = 1,000 kWh)": "绿证（1 张 = 1,000 千瓦时）",
    "Green certificates": "绿证",
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
    "Payables by days overdue, party by party, with the control account they foot to.": (
        "按逾期天数、逐对方的应付款，与控制账户核对。"
    ),
    "Receivables by days overdue, with the control account they foot to; unapplied receipts apart.": (
        "按逾期天数的应收款，与控制账户核对；未核销收款单列。"
    ),
    "What each account holds, how it moved, and whether the books balance. A credit balance is in parentheses.": (
        "各科目余额、发生额及账簿是否平衡；贷方余额用括号表示。"
    ),
    "The balance sheet: what there is, and whose it is, on the day and at the end of the year before.": (
        "资产负债表：当日与上年年末的资产及其归属。"
    ),
    "The income statement: of a period, of the year to date, and of the same days a year before.": (
        "利润表：本期、本年累计与上年同期。"
    ),
    "The cash flow statement: where money came from and went, from the entries of the bank accounts.": (
        "现金流量表：按银行账户分录列示资金的来源与去向。"
    ),
    "Changes in equity: what was the owners' before, what changed it, and what is theirs now.": (
        "所有者权益变动表：期初权益、变动原因与期末权益。"
    ),
    "Every entry as a voucher 凭证: its number, who made it, who reviewed it, its documents.": (
        "每笔分录的记账凭证:凭证字号、制单人、审核人、附单据。"
    ),
    "The voucher numbers given out, by month and kind: from which to which, and whether one is missing.": (
        "按月份和凭证字列示的凭证号:起止号码,以及是否缺号。"
    ),
    "The month of the books, as 2026-06; without it, every month of the effective year.": (
        "会计月份，如 2026-06；不填则为生效年度的各月。"
    ),
    "RECEIPT 收, PAYMENT 付 or NON_CASH 转.": "收款 收、付款 付、转账 转。",
    "One of its kind: its number.": "某一凭证字中的号码。",
    "by number": "按凭证号",
    "to print and bind (PDF)": "打印装订（PDF）",
    "Vouchers": "记账凭证",
    "Vouchers (CNY)": "记账凭证（元）",
    "Voucher numbers (debits in CNY)": "凭证字号（借方，元）",
    "The first month.  [default: the first ever opened]": "起始月份。[默认:最早开放的月份]",
    "What was posted to each account, entry by entry, with the balance after each.": (
        "各科目逐笔发生额及每笔后的余额。"
    ),
    "What was posted, by which facts, in the order recorded.": "过账内容及其依据的事实，按记录顺序。",
    "Revenue by month, stream, tenant and lease: by service or by accounting period, both to one total.": (
        "按月份、类别、租户与租约的收入：按服务期间或会计期间，合计一致。"
    ),
    "The inventory by order: what was bought, what went out and how, and what is left of it.": (
        "各订单存货：购入、各类转出及结余。"
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
    "Only this meter.": "仅此电表。",
    "Only days from this one on.": "仅自此日起。",
    "Doubts about meters: gaps, spikes, zeros, registers gone round, intervals that sum to another amount.": (
        "电表疑点：缺数、尖峰、持续为零、表码越过半程、时段合计与表码不符。"
    ),
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
    "Only entries about this company: who rents, buys, is owed.": "仅与此企业（承租方、买方、供应商）有关的分录。",
    "Only those on this bank account.": "仅此银行账户。",
    "Only those in this currency, such as USD.": "仅此币种，如 USD。",
    "Only those of the books' days from this one on.": "仅入账日在此日及以后的。",
    "Only those about this receipt, deposit, order or bank entry.": "仅与此收款、押金、订单或银行记录有关的。",
    "Only entries about this invoice, note, receipt or deposit.": "仅与此发票、通知、收款或押金有关的分录。",
    "service or accounting: the month earned for, posted in.": "服务期间或会计期间：归属月份或过账月份。",
    "Only this stream, such as RENT or SERVICE_CHARGE.": "仅此类别。",
    "2019 or 2026: the form of CAS 30 to show.": "2019 或 2026：企业会计准则第 30 号的格式。",
    "Only this tenant.": "仅此租户。",
    "Only this lease.": "仅此租约。",
}
