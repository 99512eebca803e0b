"""The texts of billing and of the month close in Chinese, by their English.

BOOKS    English -> Chinese
PAPERS   kinds of documents, written as codes; GROUNDS: of proposals for a line of the bank
"""

from collections.abc import Mapping

GROUNDS: Mapping[str, str] = {
    "REFERENCE": "流水号", "AMOUNT": "金额", "DAY": "日期", "PAYER": "付款方", "NUMBER": "单据编号", "TEXT": "摘要",
    "CHARGE_KEPT": "银行扣费",
}  # fmt: skip
PAPERS: Mapping[str, str] = {"INVOICE": "账单", "DEBIT_NOTE": "补收单", "CREDIT_NOTE": "红字单"}

BOOKS: Mapping[str, str] = {
    # Tax invoices
    "Tax invoices": "发票",
    "Documents that want a tax invoice": "待开发票的单据",
    "Workbook for the tax platform": "税务平台批量开票表",
    "Taxed documents of which no tax invoice is on record, and credit notes that want a red-letter one. Amounts are "
    "those of the documents, to the fen.": "应税而尚无发票记录的单据，以及待开红字发票的贷项通知。金额与单据分毫不差。",
    "Buyer": "购买方",
    "Item": "项目",
    "Number": "号码",
    "Total, red-letter ones taken off": "合计（红字已扣除）",
    "None is ready.": "没有可开的。",
    "Take a reply of the tax platform": "登记税务平台回执",
    "File of the tax platform, XLSX or CSV": "税务平台的文件（XLSX 或 CSV）",
    "Documents that lack something first": "尚缺资料的单据",
    "What it lacks": "缺少",
    "A reply of the tax platform": "税务平台回执",
    "Tax invoices that would be recorded: {count}; on record already: {known}.": (
        "将登记 {count} 张发票；另有 {known} 张已有记录。"
    ),
    "Left out, as it is no tax invoice that holds:": "略去，因其不是有效发票：",
    "These lines are left out:": "这些行略去不计：",
    "Show it without these lines": "略去这些行再预览",
    "Back to tax invoices": "返回发票",
    # A billing run
    "Billing run": "批量开单",
    "Bill through": "开单至",
    "Done on": "办理日",
    "that day, at the latest today": "即该日，最晚为今天",
    "Show what would be issued": "预览将开具的单据",
    "This cannot be billed": "无法开单",
    "Through {through}, done on {on}": "开单至 {through}，办理日 {on}",
    "Leases": "租约",
    "{leases}; {quiet} of them are billed already, {refused} are refused": (
        "{leases} 份；其中 {quiet} 份已开单，{refused} 份被拒绝"
    ),
    "Documents": "单据",
    "{count}: net {net}, VAT {vat}, gross {gross} CNY": "{count} 张：不含税 {net}，税额 {vat}，价税合计 {gross} 元",
    "Charged for {month}": "{month} 应收",
    "{this} CNY net; for the month before {last}; difference {difference}": (
        "不含税 {this} 元；上月 {last}；差额 {difference}"
    ),
    (
        "✓ debits {debit} equal credits {credit}; the documents' gross is what they post to receivables, {receivable}"
    ): "✓ 借方 {debit} 等于贷方 {credit}；单据价税合计与其计入应收账款的金额一致：{receivable}",
    "✗ debits {debit}, credits {credit}; documents {gross}, of which to receivables {receivable}": (
        "✗ 借方 {debit}，贷方 {credit}；单据 {gross}，其中计入应收账款 {receivable}"
    ),
    "Bill these {count} leases": "为这 {count} 份租约开单",
    "Nothing is recorded yet. Sent twice, it records once.": "尚未记录任何内容。重复提交只记录一次。",
    "Nothing is left to bill.": "没有待开单的内容。",
    "The same on the command line": "命令行的相同操作",
    "Refused": "被拒绝",
    "The others are billed all the same.": "其余租约照常开单。",
    "Lease": "租约",
    "Rule": "规则",
    "Why": "原因",
    "Leases and their documents": "租约及其单据",
    "CNY; the difference is of rent and service charge, net, for {month} against the month before": (
        "元；差额为 {month} 的租金与物业费（不含税）与上月相比"
    ),
    "Lease, document": "租约、单据",
    "Charge": "费用",
    "Dated": "日期",
    "Due on": "到期日",
    "For": "所属期间",
    "Net": "不含税",
    "Gross": "价税合计",
    "Charged for the month": "当月应收",
    "of {document}": "针对 {document}",
    "Total": "合计",
    "Month": "月份",
    "Account": "科目",
    "Debit": "借方",
    "Credit": "贷方",
    "Rent recognised": "确认租金",
    "Postings lease by lease": "各租约的分录",
    "Postings of all leases": "全部租约的分录",
    "Postings of {lease}": "{lease} 的分录",
    "{count} documents, gross {gross}; what it posts": "{count} 张单据，价税合计 {gross}；其分录",
    "A day is written as 2026-06-30.": "日期写作 2026-06-30。",
    "The form is not whole: reload the page.": "表单不完整：请刷新页面。",
    "{count} papers went out.": "共发出 {count} 份。",
    "Earlier ones": "更早的",
    "A rule says no:": "规则不允许：",
    "Say why: the reason is empty.": "请说明原因：原因为空。",
    "Another of your views is called “{name}”.": "您已有名为“{name}”的视图。",
    "It is no address of a report of this desk.": "这不是本平台报表的地址。",
    "A person keeps {most} views at most; delete one first.": "每人最多保存 {most} 个视图；请先删除一个。",
    "A name is of 1 to {most} characters, none of them invisible.": "名称为 1 至 {most} 个可见字符。",
    "No run of yours was recorded under this key.": "此编号下没有您的开单记录。",
    "Billed through {day}": "已开单至 {day}",
    "Under way: {done} of {all} leases": "进行中：{all} 份租约中的 {done} 份",
    "{done} of {all} leases are answered: {facts} facts recorded, {refused} refused": (
        "{all} 份租约中 {done} 份已有结果：记录 {facts} 条事实，{refused} 份被拒绝"
    ),
    "Go on with the other {count}": "继续处理其余 {count} 份",
    "What is left to bill now": "目前还有哪些待开单",
    "Outcome": "结果",
    "Billed": "已开单",
    "Nothing was left to bill": "没有待开单的内容",
    "Not yet": "尚未处理",
    # The close of a month
    "Month close": "月度结账",
    "This is not closed": "未结账",
    "{count} facts post to this month": "{count} 条事实计入本月",
    "✓ closed; what is learned later posts to the next open month": "✓ 已结账；此后得知的内容计入下一个开放月份",
    "{month} has to be closed first": "须先结 {month}",
    "✓ everything is done, and every account ties": "✓ 各项均已完成，各科目均相符",
    "✗ not ready: what is missing stands beside, or an account does not tie": (
        "✗ 尚不能结账：缺少的事项列在旁边，或有科目不符"
    ),
    "On the wrong side: {account}. What would bring it right is not recorded here; it is no reason not to close.": (
        "余额方向异常：{account}。可使其恢复的内容未在此记录；这不妨碍结账。"
    ),
    "Closed on": "结账日",
    "Although something is left": "尽管仍有未完成事项",
    "Nothing posts to {month} any more once it is closed": "结账后不再有内容计入 {month}",
    "Say that nothing posts to {month} any more.": "请确认不再有内容计入 {month}。",
    "Close {month}": "结 {month} 账",
    "{count} more": "另有 {count} 项",
    "Preview their billing": "预览其开单",
    "Leases left to bill": "待开单的租约",
    "Foreign receivables not remeasured": "未重新计量的外币应收款",
    "Foreign payables not remeasured": "未重新计量的外币应付款",
    "Energy not approved": "未审批的能源结算",
    "Control accounts beside their subledgers": "控制账户与明细账对照",
    "CNY, balance at {day}; debits positive": "元，{day} 余额；借方为正",
    "Control account": "控制账户",
    "Subledger": "明细账",
    "Difference": "差额",
    "Ties": "是否相符",
    "✓ ties": "✓ 相符",
    "✗ differs": "✗ 不符",
    "All months": "全部月份",
    "A close keeps its name for ever; the books as closed then stay as they were": (
        "每次结账的名称永久保留；当时结账的账簿保持原样"
    ),
    "State": "状态",
    "Closes": "结账记录",
    "Compared": "对比",
    "the last two": "最近两次",
    "with now": "与现在",
    "The books have no month yet.": "账簿尚无月份。",
    "now": "现在",
    "Before": "之前",
    "After": "之后",
    "Beside": "对照",
    "Compare": "对比",
    "{count} figures differ": "{count} 个数字不同",
    "Nothing differs.": "没有不同。",
    # Bank statements
    "Bank statements": "银行对账单",
    "Books and bank, account by account": "各账户的账面与银行余额",
    "Bank reconciliation, line by line": "银行余额调节表（逐行）",
    "Statements until": "对账单至",
    "No statement of a bank is on record yet.": "尚未登记任何银行对账单。",
    "Take a statement from a file": "从文件登记对账单",
    "The file is read and shown line by line; nothing is recorded before you say so.": (
        "先读取文件并逐行显示；经您确认后才会记录。"
    ),
    "Bank account": "银行账户",
    "File of the bank": "银行文件",
    "Its form": "文件格式",
    "Of a table, another profile": "表格另用列说明文件",
    (
        "A profile says what the columns of a bank's table mean: CSV, XLSX or XLS. Those on record (name@version) and"
        " those kept in bank-profiles beside the ledger are offered above."
    ): (
        "列说明文件写明该银行表格（CSV、XLSX 或 XLS）各列的含义。"
        "已登记的（名称@版本）和存放在账本旁 bank-profiles 目录中的，可在上方选择。"
    ),
    "Of MT940 or OFX that is not in UTF-8, its encoding": "MT940、OFX 非 UTF-8 时的编码",
    "Read by the profile on record {profile}.": "按已登记的列说明 {profile} 读取。",
    "Of a table or OFX without days or balances": "表格、OFX 未含日期或余额时",
    "The bank's name of the statement": "银行的对账单编号",
    "First day": "首日",
    "Last day": "末日",
    "Opening balance": "期初余额",
    "Closing balance": "期末余额",
    "Show what would be recorded": "预览将记录的内容",
    "This profile is not among those that the desk offers.": "所选列说明文件不在可选之列。",
    "A bank's file": "银行文件",
    "This file cannot be taken": "无法登记此文件",
    "Wrong places in it: {count}; nothing is recorded.": "其中 {count} 处有误；未记录任何内容。",
    "All of it is on record already: nothing is new.": "全部内容均已登记：没有新内容。",
    "The file is right. It lies with the evidence files, and nothing of it is recorded yet.": (
        "文件无误。文件已存入证据文件，尚未记录任何内容。"
    ),
    "Where": "位置",
    "line {line}": "第 {line} 行",
    "Left out, as it is no booked line:": "以下不是已入账的行，未予采用：",
    "Why it is taken although balances do not meet": "余额不衔接仍予登记的理由",
    "Record it": "记录",
    "Back to the accounts": "返回账户",
    "Statement {statement}": "对账单 {statement}",
    "{from_on} – {until_on}: opening {opening}, closing {closing} {currency}; {count} lines": (
        "{from_on} – {until_on}：期初 {opening}，期末 {closing} {currency}；{count} 行"
    ),
    "on record already": "已登记",
    "{count} of them are known from an earlier statement": "其中 {count} 行此前的对账单已有",
    "Entry": "行号",
    "Text": "摘要",
    "References": "流水号",
    "known": "已有",
    "new": "新",
    "The first {shown} of {count} lines.": "共 {count} 行，显示前 {shown} 行。",
    "Match the lines that wait": "处理待勾对的对账单行",
    "Lines that wait": "待处理的对账单行",
    "{count} lines": "{count} 行",
    (
        "What bank and books say alike, by reference, amount and day, is matched already. These lines of the bank are"
        " on record nowhere, or leave it open what they are."
    ): "流水号、金额和日期一致的，系统已自动勾对。以下银行行账面上没有，或无法确定对应哪一笔。",
    "entry {entry} of statement {statement}": "对账单 {statement} 第 {entry} 行",
    "On record": "账面已有",
    "because of": "依据：",
    "the bank kept {amount}": "银行扣收 {amount}",
    "This is it": "就是这笔",
    "Nothing on record resembles it.": "账面上没有类似的记录。",
    "The bank marks it as a payment that came back: {reason}.": "银行标注为退回的付款：{reason}。",
    "The bank marks it as a reversal of an earlier entry.": "银行标注为对先前分录的冲正。",
    "No new money: the payment on record is put right, and the line is matched by that.": (
        "并非新的款项：请更正账面上的收付款，该行即随之核对。"
    ),
    "It may take back": "可能是退回",
    "Record it as": "记录为",
    "Put aside": "搁置",
    "No line waits.": "没有待处理的行。",
    "The first {shown} of {count} lines; the others follow as these are done.": (
        "共 {count} 行，显示前 {shown} 行；处理后显示其余各行。"
    ),
    "They stay only at the bank, and wait for nothing.": "仍列为仅银行有，不再等待处理。",
    "Matched by a person": "人工勾对",
    "Payments": "收付款",
    "Party": "对方",
    "Day": "日期",
    "Booked on": "入账日",
    "It is matched with payments that were taken back since: that is taken back first, below.": (
        "已与之后被撤回的收付款核对：请先在下方撤回该核对。"
    ),
    "taken back since: the line waits again": "该收付款已撤回：此行重新等待处理",
    "In the books, and not at the bank": "账面有而银行没有",
    "Payments on record that no line of a statement answers: not booked by the bank yet, or recorded wrong.": (
        "账面上没有对账单行与之对应的收付款：银行尚未入账，或记录有误。"
    ),
    "Bank reference": "银行流水号",
}
