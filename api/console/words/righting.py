"""How what was recorded is put right, in words of Chinese, clause by clause: # stands for the name of a command.

clauses     the clauses of a text in English, and what ends each
in_chinese  a text in Chinese; a clause that has none is marked
"""

import re
from collections.abc import Iterator, Mapping

NAME = re.compile(r"`([a-z]+(?:-[a-z]+)+)`")
"""A command that the words name."""
FACT = re.compile(r"`([a-z]+\.[a-z-]+)`")
"""A step that they name, by its stored name."""
CLAUSE = re.compile(r"(?<=[.;])\s+")
CLAUSES: Mapping[str, str] = {
    "A clawback that then asks for what is not owed is reversed first: `#`": "由此要求追回不应追回的，先冲回：`#`",
    "A lease: `#`": "租约：`#`",
    "A month that was settled is settled anew": "已结算的月份重新结算",
    "A name or country: `#`": "名称或国别：`#`",
    "A newer proposal takes its place": "较新的提议取代它",
    "A number recorded wrong is taken back by `#`": "登记错误的号码由`#`撤回",
    "A person who must be gone: `#`": "须删除的人：`#`",
    "A proposal: `#`": "提议：`#`",
    "A rate approved later for the same date takes its place": "同一日期后批准的费率取代它",
    "A revoked key stays revoked: `#` gives its holder another": "吊销的密钥不再恢复：`#`为其持有人另发一个",
    "A screening that was none: `#`": "并未进行的筛查：`#`",
    "A wrong USCC or number: `#` with the right one and an override": (
        "统一社会信用代码或证件号有误：以正确的号码并附例外`#`"
    ),
    "A year that was trued up is trued up anew": "已清算的年度重新清算",
    "Another amendment from the same day: its terms take the place of these": (
        "自同一日起的另一次变更：其条款取代这些条款"
    ),
    "Anything else: `#`, the latest step first": "其他情形：`#`，从最近一步开始",
    "As many must be left as were sold": "剩余数量不得少于已出售的数量",
    "Assess it again, under another id: `#`": "以另一编号重新核定：`#`",
    "Between the others: `#` of `order.milestone-paid`": "他方之间：对`order.milestone-paid`办理`#`",
    "Close the month again: `#`": "重新关闭该月：`#`",
    "Correct what the month rests on, then `#` and `#`: the next run invoices or credits the difference": (
        "更正该月所依据的内容，再`#`并`#`：下一版对差额开账或贷记"
    ),
    "Days of another meter: `#`, month by month": "另一计量表的日期：按月`#`",
    "Prices of another series or month: `#`": "属另一系列或月份的价格：`#`",
    "What was settled on them: `#` and `#` again": "已按其结算的：再次`#`并`#`",
    "Decide on the proposal again: `#`, `#`": "重新对提议作出决定：`#`、`#`",
    "Draft it anew: the newest draft is what is signed": "重新起草：签署以最新草案为准",
    "It awaits approval again": "重新等待批准",
    "It is a draft again": "恢复为草案",
    "It is a draft again, as long as no meter is installed": "恢复为草案，前提是尚未安装计量表",
    "It is recorded anew under another id: by `#`, `#`, or `#` and another's approval": (
        "以另一编号重新登记：`#`、`#`，或`#`并由他人批准"
    ),
    "It is what it was before": "恢复原状",
    "Its bank reference is free again: record the payment anew": "其银行参考号可再次使用：重新登记该付款",
    "Its units are free again": "其单元可再次出租",
    "Later, what was wrong goes into the next return": "之后，差错计入下一次申报",
    "Like a decision, a withdrawal is never by who proposed the rate": "与决定一样，撤回不得由费率提议人办理",
    "Months that were settled are settled anew": "已结算的月份重新结算",
    "Months that were settled are settled anew afterwards": "此后重新结算已结算的月份",
    "Name the units that it holds again": "重新指明其所占单元",
    "Nothing does: the key is gone": "无法更正：密钥已销毁",
    "Nothing follows until somebody else agrees": "在他人同意之前不产生任何后果",
    "Nothing follows until somebody else approves it": "在他人批准之前不产生任何后果",
    "Nothing is to be put right: `#` again says what is found then": "无需更正：再次`#`即说明届时的检查结果",
    "Nothing is to be put right: it went out": "无需更正：文件已发出",
    "Of another month: `#`": "属另一月份：`#`",
    "Once executed, `#`": "签署之后：`#`",
    "Or `#` of the day from which its terms hold: the proposal is open again": "或对其条款生效日办理`#`：提议重新待定",
    "Propose and file it again: `#`, `#`": "重新提议并申报：`#`、`#`",
    "Propose it again, under another id: `#`, or what it was": "以另一编号重新提议：`#`，或原有的做法",
    "Propose it again: `#`": "重新提议：`#`",
    "Propose the waiver again, under another id: `#`": "以另一编号重新提议免除：`#`",
    "Record it anew under another id: `#`, `#`, `#`": "以另一编号重新登记：`#`、`#`、`#`",
    "Record the collection again, under another id: `#`": "以另一编号重新登记追回款：`#`",
    "Record the entry anew under another id: `#`, `#`, `#` or `#`": "以另一编号重新登记该记录：`#`、`#`、`#`或`#`",
    "Record the payment again, under another id: `#`": "以另一编号重新登记付款：`#`",
    "Record the payment anew under another id: `#`": "以另一编号重新登记付款：`#`",
    "Record the step again": "重新登记该步骤",
    "Report it again for the same day: the newer word holds": "对同一日重新报告：以较新的为准",
    "Rows that were left out: the same command with them": "遗漏的行：以同一命令补录",
    "Test it again and say in `supersedes` what was wrong: `#`": "重新考核，并在`supersedes`中说明有误的一次：`#`",
    "The amendment is open again": "变更重新待定",
    "The area: `#` of the same day": "面积：以同日`#`",
    "The cost is recorded anew under another id, by `#`": "成本以另一编号重新登记：`#`",
    "The date, or a lead that is none: `#`": "日期有误，或并非线索：`#`",
    "The movement is recorded anew under another id: by `#`, `#`, `#`, `#` or `#`": (
        "以另一编号重新登记该变动：`#`、`#`、`#`、`#`或`#`"
    ),
    "The next `#` corrects what was billed": "下一次`#`更正已开的账",
    "The same again, once the rates or payables are right: it remeasures from where they stand": (
        "费率或应付款更正后再做一次：从现值重新计量"
    ),
    "The same again, once the rates or receivables are right: it remeasures from where they stand": (
        "费率或应收款更正后再做一次：从现值重新计量"
    ),
    "Then record it anew": "然后重新登记",
    "Through MCSC: `#`, and its bank reference is free again": "经 MCSC 收付：`#`，其银行参考号可再次使用",
    "Values that come after all take its place by themselves": "之后补到的数值自动取代它",
    "What it shows is put right by its document, and `#` says what goes out then": (
        "所载内容由其单据更正，届时发出的由`#`记载"
    ),
    "What they recorded meanwhile stays theirs": "其间由其登记的内容仍归其名下",
    "What was computed with it stands, and is corrected where it was recorded": "以其计算的结果不变，在其登记处更正",
    "What was put back settles it again by `#` or `#`": "放回的金额由`#`或`#`重新结清",
    "What was put back settles it again by `#`, `#` or `#`": "放回的金额由`#`、`#`或`#`重新结清",
    "What was recorded meanwhile stays on the account it was put on": "其间登记的内容仍在原账户上",
    "What was recorded of the meter since goes first": "此后对该计量表登记的内容先行撤回",
    "What was recorded with it stays": "以其登记的内容不变",
    "What was transferred or retired of the lot goes first": "该批次已划转或核销的须先撤回",
    "What was written off and it paid after all is open again after that, and may be written off again by `#`": (
        "已核销而后又收到的部分此后重新未结，可由`#`再次核销"
    ),
    "What was written off and paid by it after all is open again after that, and may be given up again by `#`": (
        "已核销而后由其支付的部分此后重新未结，可由`#`再次放弃"
    ),
    "Where deliveries or terms changed since: `#` again": "此后交付或条款有变的：再次`#`",
    "`#`": "`#`",
    "`#` again": "再次`#`",
    "`#` again for other days, `#`": "以其他日期再次`#`，或`#`",
    "`#` again for the same day": "对同一日再次`#`",
    "`#` again for the same day, under another id: the allowance is then what was measured last": (
        "对同一日以另一编号再次`#`：准备即为最后一次计量的结果"
    ),
    "`#` again for the same day, where the index was corrected": "指数更正后，对同一日再次`#`",
    "`#` again for the same month": "对同一月再次`#`",
    "`#` again with a reason: its days take the place of these": "附理由再次`#`：其各日取代这些数据",
    "`#` again, by another id": "以另一编号再次`#`",
    "`#` again, by another name": "以另一名称再次`#`",
    "`#` again, or `#`": "再次`#`，或`#`",
    "`#` again, or `#` of `order.resumed`": "再次`#`，或对`order.resumed`办理`#`",
    "`#` again, or `#`: the details before stand again": "再次`#`，或`#`：恢复之前的信息",
    "`#` again, or `#`: the origin before stands again": "再次`#`，或`#`：恢复之前的来源",
    "`#` again, or `#`: the read before stands again": "再次`#`，或`#`：恢复之前的读数",
    "`#` again, under another id": "以另一编号再次`#`",
    "`#` again, until it is submitted": "提交之前可再次`#`",
    "`#` again: a later report of a month takes the place of this one": "再次`#`：同月后来的报告取代它",
    "`#` again: a run that is not approved gives way to it, after an approved one the next run says the difference": (
        "再次`#`：未批准的一版让位，已批准的由下一版说明差额"
    ),
    "`#` again: the latest counts": "再次`#`：以最近一次为准",
    "`#` again: the newest counts": "再次`#`：以最新一次为准",
    "`#` and `#` change it by hand": "由`#`和`#`手工更改",
    "`#` and `#` record it anew, under another id": "由`#`和`#`以另一编号重新登记",
    "`#` and, by somebody else, `#`": "`#`，并由他人`#`",
    "`#` anew": "重新`#`",
    "`#` asks anew, under another id": "以另一编号重新`#`",
    "`#` asks for it again": "由`#`重新要求该款",
    "`#` asks to give it up again, under another id": "以另一编号`#`，再次提议放弃",
    "`#` by another than its proposer, or propose it again under another id: `#`": (
        "由提议人以外的人`#`，或以另一编号重新提议：`#`"
    ),
    "`#` gives it up again": "由`#`再次放弃",
    "`#` keeps it again": "由`#`再次没收",
    "`#` keeps them out again": "由`#`再次禁止登录",
    "`#` lets it pay again": "由`#`恢复支付",
    "`#` lets them in again": "由`#`恢复登录",
    "`#` lets them record again": "由`#`恢复登记权限",
    "`#` measures it again": "由`#`重新计量",
    "`#` mirrors it, and its bank reference is free again": "由`#`冲销，其银行参考号可再次使用",
    "`#` of `bank.account-closed`: money moves on it again": "对`bank.account-closed`办理`#`：账户恢复收付",
    "`#` of `bank.account-made-default`: the one before is the default again": (
        "对`bank.account-made-default`办理`#`：恢复之前的默认账户"
    ),
    "`#` of `bank.account-opened`, as long as no money moved on it": (
        "对`bank.account-opened`办理`#`，前提是账户上尚无收付"
    ),
    "`#` of `order.cancelled`: the order goes on, and the fees that went with it are put back": (
        "对`order.cancelled`办理`#`：订单继续，随之的费用一并恢复"
    ),
    "`#` of `order.change-approved`: the proposal is open again": "对`order.change-approved`办理`#`：提议重新待定",
    "`#` of `order.change-rejected`: the proposal is open again": "对`order.change-rejected`办理`#`：提议重新待定",
    "`#` of `order.milestone-invoiced`": "对`order.milestone-invoiced`办理`#`",
    "`#` of `order.ordered`": "对`order.ordered`办理`#`",
    "`#` of `order.write-down-rejected`: the proposal is open again": (
        "对`order.write-down-rejected`办理`#`：提议重新待定"
    ),
    "`#` of the same day corrects its last value": "同日`#`更正其最后数值",
    "`#` of the same day corrects the last value of the old device": "同日`#`更正旧设备的最后数值",
    "`#` of the same day: it takes the place of this one": "同日`#`：取代这一次",
    "`#` of what the buyer owes, `#` of what MCSC does": "购电方所欠的用`#`，MCSC 所欠的用`#`",
    "`#` or `#` again": "再次`#`或`#`",
    "`#` or `#` says it again": "由`#`或`#`重新说明",
    "`#` or `#` with an `override` proposes it anew": "以附`override`的`#`或`#`重新提议",
    "`#` pays it back anew, under another id": "以另一编号由`#`重新退还",
    "`#` proposes its mirror, and `#`, by a second person, posts that": "由`#`提议冲销，并由第二人`#`过账",
    "`#` records it again": "由`#`重新登记",
    "`#` records the number anew": "由`#`重新登记该号码",
    "`#` records the person under another number": "由`#`以另一编号登记该人",
    "`#` takes a draft back": "由`#`撤回草案",
    "`#` takes a number back": "号码由`#`撤回",
    "`#` takes a statement back": "由`#`撤回对账单",
    "`#` takes it away": "由`#`收回",
    "`#` takes it back": "由`#`撤回",
    "`#` takes it back, and its bank reference is free again": "由`#`撤回，其银行参考号可再次使用",
    "`#` takes it back, and its number is free again": "由`#`撤回，其号码可再次使用",
    "`#` takes it back, and the line waits again": "由`#`撤回，该行重新等待处理",
    "`#` takes it back: as much is owed as before": "由`#`撤回：欠款恢复原额",
    "`#` takes it back: so much is owed after all": "由`#`撤回：该金额仍为欠款",
    "`#` takes it off": "由`#`减除",
    "`#` takes it off again": "由`#`重新减除",
    "`#` takes one for the wrong day back": "日期有误的由`#`撤回",
    "`#` takes the movement back": "由`#`撤回该变动",
    "`#` takes the movement back, and its bank reference is free again": "由`#`撤回该变动，其银行参考号可再次使用",
    "`#` takes the movement back, naming both leases: it is held for the first again": (
        "由`#`撤回该变动，并指明两份租约：押金重新归第一份租约"
    ),
    "`#` takes the movement back: the deposit is held, the invoice open again": (
        "由`#`撤回该变动：押金恢复持有，账单重新未结"
    ),
    "`#` turns the proposal down, until it is approved": "批准之前由`#`驳回提议",
    "`#` until the same day or later, once what was open is recorded right: it credits what was assessed wrong": (
        "未结金额更正后，`#`至同日或之后：有误的部分予以贷记"
    ),
    "`#` where it was recorded wrong, then record it again": "登记有误的由`#`撤回，再重新登记",
    "`#` with an `override`, approved by another, puts the right identifier in its place": (
        "由他人批准的、附`override`的`#`以正确证件取代"
    ),
    "`#` with another key: the latest one holds, and earlier ones stay listed": (
        "以另一密钥`#`：以最近一个为准，之前的仍列明"
    ),
    "`#` with the right one and an override, approved by another": "以正确证件并附例外`#`，由他人批准",
    "`#`, as long as no statement was read by it": "`#`，前提是没有对账单以其读取",
    "`#`, as long as nothing rests on the signature": "`#`，前提是签署之后尚无依据它的事项",
    "`#`, at once": "立即`#`",
    "`#`, in full or in part, where the money went back or never came": "款项退回或从未到账的，全部或部分`#`",
    "`#`, naming both orders: it is the first one's again": "`#`，并指明两份订单：重新归第一份订单",
    "`#`, once nothing else is on record of the new unit": "`#`，前提是新单元尚无其他记录",
    "`#`, once nothing else is on record of the parts": "`#`，前提是各部分尚无其他记录",
    "`#`, or `#`": "`#`，或`#`",
    "`#`, or `#` of `order.change-proposed`": "`#`，或对`order.change-proposed`办理`#`",
    "`#`, or `#` of `order.put-on-hold`": "`#`，或对`order.put-on-hold`办理`#`",
    "`#`, or `#` of `order.write-down-proposed`": "`#`，或对`order.write-down-proposed`办理`#`",
    "`#`, or `#`: the details before stand again": "`#`，或`#`：恢复之前的信息",
    "`#`, or propose another under another id": "`#`，或以另一编号提议另一变更",
    "`#`, or propose it again under another id": "`#`，或以另一编号重新提议",
    "`#`, or record the contribution again under another id: `#`": "`#`，或以另一编号重新登记出资：`#`",
    "`#`, or, where too little was asked for, assess the rest under another id: `#`": (
        "`#`，或者追回不足时以另一编号核定其余：`#`"
    ),
    "`#`, saying in `regains` which identifiers the record holds again": "`#`，并在`regains`中说明该记录重新持有的证件",
    "`#`, the latest month first, as long as nothing posts to it": "`#`，从最近的月份开始，前提是没有过账到该月的内容",
    "`#`, the latest step first": "`#`，从最近一步开始",
    "`#`, then `#` anew, under another id": "`#`，再以另一编号重新`#`",
    "`#`, then `#` as it is right": "`#`，再以正确内容`#`",
    "`#`, then `#` as it should be": "`#`，再以应有内容`#`",
    "`#`, then `#` says what was said, under the same id or another": "`#`，再以相同或另一编号`#`",
    "`#`, then propose the right one under another id: `#`": "`#`，再以另一编号提议正确的：`#`",
    "`#`, then record it again": "`#`，再重新登记",
    "`#`, until it is approved": "批准之前：`#`",
    "`#`, until it is filed": "申报之前：`#`",
    "`#`, where nothing rests on the terms": "`#`，前提是没有依据该条款的事项",
    "`#`, while it is the latest and nothing of it is paid": "`#`，前提是它是最近一次且尚未缴款",
    "`#`: everybody may post to the month again": "`#`：所有人可再次过账到该月",
    "`#`: it is owed again": "`#`：重新应收",
    "`#`: it waits again": "`#`：重新等待办理",
    "`#`: so much is owed again, and its bank reference is free": "`#`：该金额重新应收，其银行参考号可再次使用",
    "`#`: the advance is held again": "`#`：预收款恢复持有",
    "`#`: the advance is held again, and its bank reference is free": "`#`：预收款恢复持有，其银行参考号可再次使用",
    "`#`: the agreement goes on": "`#`：协议继续",
    "`#`: the agreement is open again": "`#`：协议重新开放",
    "`#`: the allowance is what it was": "`#`：准备恢复原额",
    "`#`: the money is held again, and its bank reference is free": "`#`：款项恢复代持，其银行参考号可再次使用",
    "`#`: the proposal is open again": "`#`：提议重新待定",
    "`#`: the sale comes to what it came to before": "`#`：销售恢复到之前的金额",
    "`#`: the stock is there again, and nothing is owed for it": "`#`：存货恢复，且不产生应收",
    "`#`: the unit is there again": "`#`：单元恢复",
    "a breach that is cured is fulfilled (`#`)": "已补救的违约即为已履行（`#`）",
    "a company: `#`": "企业：`#`",
    "a deposit: `#`": "押金：`#`",
    "a month that was settled is settled anew": "已结算的月份重新结算",
    "a newer proposal takes its place as well: `#`": "较新的提议同样取代它：`#`",
    "a proposal: `#`": "提议：`#`",
    "a read of another day: `#`": "另一日的读数：`#`",
    "a rejection that was none: `#`": "并非否决的：`#`",
    "a tax invoice that was issued is corrected by a red-letter one: `#` with `red`": (
        "已开具的发票以红字发票更正：带`red`的`#`"
    ),
    "a wrong address: `#`": "地址有误：`#`",
    "an open document: `#`": "未结单据：`#`",
    "anything else: `#`, then `#` as it is right": "其他情形：`#`，再以正确内容`#`",
    "credited in full, its days may be charged anew": "全部贷记后，其各日可重新计收",
    "Correct what the year rests on, settle its months anew, then `#` again: the difference is invoiced or "
    "credited, and the years after it follow": (
        "更正该年度所依据的内容，重新结算各月，再次`#`：差额开账或贷记，其后各年随之调整"
    ),
    "What is billed follows the lease: put the lease right (its own steps say how), and the next `#` records the "
    "difference": (
        "开账以租约为准：更正租约（其各步骤说明如何更正），下一次`#`登记差额"
    ),
    "else `#`": "否则`#`",
    "else a further amendment": "否则再作变更",
    "else a new version": "否则另立新版本",
    "first of `bank.account-made-default`, where it is the default": (
        "如为默认账户，先对`bank.account-made-default`撤回"
    ),
    "floor or use: `#`": "楼层或用途：`#`",
    "give out another": "另发一个",
    "its bank reference is free again": "其银行参考号可再次使用",
    "measure it again": "重新计量",
    "months that were settled are settled anew": "已结算的月份重新结算",
    "of a late fee, `#`": "滞纳金：`#`",
    "of an accrual in its own month: after it, the accrual has reversed by itself": (
        "当月的计提在当月办理：此后计提已自动转回"
    ),
    "once executed, `#` or `#`": "签署之后，`#`或`#`",
    "once posted, a mirror is put right by its own: `#`": "冲销过账后，由其自身的冲销更正：`#`",
    "one for a wrong date or series is taken back with `#` by another than its proposer": (
        "日期或系列有误的，由提议人以外的人`#`撤回"
    ),
    "or `#`": "或`#`",
    "or another change order, `#`": "或另一变更单：`#`",
    "other lines or quantities: `#`": "其他行或数量：`#`",
    "other terms are amended (`#`), an agreement that ends is terminated (`#`)": (
        "其他条款以变更处理（`#`），终止的协议予以终止（`#`）"
    ),
    "Its bank reference is free again: `#` records the money anew, under another id, and lets it pay what the "
    "receipt paid, and what asks for a refund of it": (
        "其银行参考号可再次使用：`#`以另一编号重新登记该款项，并可支付原收款所支付的单据及追索退款的单据"
    ),
    "record it anew under another id": "以另一编号重新登记",
    "take the right file then": "再登记正确的文件",
    "the id or day: `#`, the latest step first": "编号或日期：`#`，从最近一步开始",
    "the next `#` takes back what was amortised of it": "下一次`#`收回已摊销的部分",
    "the origin: `#`": "来源：`#`",
    "then `#` again under another id": "再以另一编号重新`#`",
    "then `#` as it should be, by another id": "再以另一编号正确地`#`",
    "then `#` asks anew, under another id": "再以另一编号`#`",
    "then it is proposed and filed anew": "再重新提议并申报",
    "then propose another under another id": "再以另一编号提议",
    "then propose it again under another id": "再以另一编号重新提议",
    "then propose the right one under another id: `#`": "再以另一编号提议正确的：`#`",
    "then record it as it is right": "再按正确内容登记",
    "then record what was missing and close it again, or close it softly as it was: `#`": (
        "再登记遗漏的内容并重新关闭，或恢复为软关闭：`#`"
    ),
    "through which day a lease is billed: the same command with the right one, which records the difference": (
        "租约开账至哪一日：以正确日期用同一命令，登记差额"
    ),
    "what is let: `#`": "已出租的：`#`",
    "what it made due is put back": "由其到期的部分予以恢复",
    "what it pays is changed by `#`, and what it pays nothing with goes back by `#`": (
        "所支付的单据由`#`更改，未用于支付的部分由`#`退还"
    ),
    "what the supplier takes off is recorded by `#`": "供应商减免的由`#`登记",
    "what was earned or fell due by it is put back": "由其确认或到期的部分予以恢复",
    "what was made of it for the other meanwhile is taken back first, by `#` too": (
        "其间为另一租约所作的变动先由`#`撤回"
    ),
    "what was made of the deposit meanwhile is taken back first, by `#` too": "其间对押金所作的变动先由`#`撤回",
    "what was proposed alone counts nowhere": "仅为提议的不计入任何结果",
    "where it never was dormant: `#`": "从未搁置的：`#`",
    "where it never was off the market: `#`": "从未停止出租的：`#`",
    "where it never was: `#`": "从未预留的：`#`",
    "where it was paid back, `#` of that payment": "已退还的：对该付款`#`",
    "where nothing was meant, `#`": "并无此意的：`#`",
    "where there is no parent: `#`": "没有母公司的：`#`",
    "where there is no right one: `#`": "没有正确证件的：`#`",
}  # fmt: skip


def clauses(words: str) -> Iterator[tuple[str, str]]:
    """The clauses of a text, and what ends each; without the full stop or semicolon."""
    for clause in CLAUSE.split(words):
        yield clause.rstrip(".;"), "；" if clause.endswith(";") else "。"


def in_chinese(words: str) -> str:
    """A text in Chinese, the commands and steps named as they were. A clause that has none is marked."""
    said = list[str]()
    for clause, end in clauses(words):
        names = iter(NAME.findall(clause))
        chinese = CLAUSES.get(NAME.sub("`#`", clause), f"⟦{clause}⟧")
        said.append("".join(next(names, "#") if sign == "#" else sign for sign in chinese) + end)
    return "".join(said)
