"""The words of reports: their names, headings, codes, cells and units.

REPORTS    a report's name -> both languages
COLUMNS    headings, and names of filters -> Chinese
REPORTED   codes -> Chinese; KEPT: parts of codes that are abbreviations
CELLS, PATTERNS    words of ours in cells -> Chinese
UNITS      units of figures -> both languages
"""

import re
from collections.abc import Mapping

from ledger.books.accounts import CHART
from projections.books.statements.cash_lines import cash_names_zh
from projections.books.statements.layout import names_zh

REPORTS: Mapping[str, tuple[str, str]] = {
    "rent-roll": ("Rent roll", "租金台账"),
    "occupancy": ("Occupancy", "出租率"),
    "lease-expiry": ("Lease expiry", "租约到期"),
    "receivables-ageing": ("Receivables ageing", "应收账龄"),
    "payables-ageing": ("Payables ageing", "应付账龄"),
    "deposits": ("Deposits", "押金明细"),
    "companies": ("Company register", "企业名册"),
    "funnel": ("Channel funnel", "渠道漏斗"),
    "channel-money": ("Channels in money", "渠道资金"),
    "investment": ("Investment", "招商投资"),
    "order-book": ("Order book", "订单台账"),
    "fx-exposure": ("FX exposure", "外汇敞口"),
    "energy": ("Energy", "能源结算"),
    "offtake-shortfall": ("Offtake shortfall", "承购缺口"),
    "trial-balance": ("Trial balance", "科目余额表"),
    "balance-sheet": ("Balance sheet", "资产负债表"),
    "income-statement": ("Income statement", "利润表"),
    "cash-flow": ("Cash flow", "现金流量表"),
    "changes-in-equity": ("Changes in equity", "所有者权益变动表"),
    "general-ledger": ("General ledger", "明细账"),
    "journal": ("Journal", "会计分录"),
    "revenue": ("Revenue", "收入"),
    "deferred-revenue": ("Deferred revenue", "递延收入"),
    "bank-accounts": ("Bank accounts", "银行账户余额"),
    "bank-movements": ("Bank movements", "银行流水"),
    "bank-reconciliation": ("Bank reconciliation", "银行余额调节表"),
    "vat-ledger": ("VAT ledger", "增值税明细"),
    "vat-return": ("VAT return", "增值税申报"),
    "vat-returns": ("VAT returns", "增值税申报记录"),
    "periods": ("Accounting periods", "会计期间"),
    "rates": ("Reference rates", "参考费率"),
    "proposals": ("Open proposals", "待审批事项"),
    "diary": ("Diary", "日程"),
    "exceptions": ("Exceptions", "异常事项"),
    "access": ("Access log", "访问日志"),
    "certificates": ("Certificates", "核对证明"),
}

COLUMNS: Mapping[str, str] = {
    "bank account": "银行账户", "bank_account": "银行账户", "came in": "收入", "went out": "支出",
    "opening CNY": "期初（元）", "in CNY": "收入（元）", "out CNY": "支出（元）",
    "exchange CNY": "汇兑（元）", "value date": "起息日", "currency": "币种", "bank reference": "银行流水号",
    "text": "摘要", "books": "账面", "before": "对账前", "gaps": "缺口", "only at the bank": "仅银行有",
    "put aside because": "搁置理由",
    "only in the books": "仅账上有", "bank": "银行",
    "moved": "发生额", "moved CNY": "发生额（元）", "balance CNY": "余额（元）",
    "at": "时间", "who": "人员", "way": "方式", "at a": "场合", "mcsc": "mcsc 版本", "read model": "读模型",
    "as of": "截至", "found": "结果", "differ": "不符", "table": "表", "rows": "行数",
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
    "document or order": "单据或订单",
    "party": "对方", "number": "号码", "owed": "应付", "payable": "应付事项",
    "days": "天数", "not due": "未到期", "1–30": "1–30", "31–60": "31–60", "61–90": "61–90", "91–180": "91–180",
    ">180": ">180", "total": "合计", "unapplied": "未核销", "ECL": "预期损失", "code": "代码",
    "account": "科目", "debit": "借方", "credit": "贷方", "subledger": "明细账", "difference": "差额",
    "position": "序号", "posted on": "入账日", "fact": "事实", "for": "归属月", "period": "期间",
    "stream": "类别", "recognised": "确认", "billed": "开票", "accrued": "应计", "journals": "分录",
    "additions": "增加", "exchange": "汇兑", "reclassified": "重分类", "search": "搜索", "from on": "起始日",
    "from month": "起始月", "due from": "到期自", "compare": "比较", "rates": "损失率",
    "subledgers": "核对明细账", "line": "项目", "year to date": "本年累计", "same days last year": "上年同期",
    "form": "格式", "tax point": "纳税义务日", "invoice code": "发票代码", "invoice number": "发票号码",
    "VAT rate": "增值税率", "base": "计税金额", "return of": "所属申报", "part": "部分",
    "output VAT": "销项税额", "input VAT": "进项税额", "import VAT": "进口增值税",
    "carried on": "结转留抵", "filed on": "申报日", "filed by": "申报人", "late months": "以前月份",
    "paid": "已缴", "open": "未缴", "brought forward": "上期留抵", "to be paid": "应缴税额",
    "profit": "净利润", "prior year": "以前年度损益调整", "contributions": "所有者投入", "distributions": "利润分配",
    "taken over": "期初余额结转", "transfers": "内部结转",
    "units": "单元", "ends": "终止日", "topped up": "补缴", "moved in": "转入", "moved out": "转出",
    "applied": "抵扣", "forfeited": "没收", "paid back": "退还", "held": "持有", "due back": "应退还日",
    "overdue": "逾期", "settled": "含已结清",
}  # fmt: skip
"""Headings of reports, and names of their filters."""

REPORTED: Mapping[str, str] = {
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
    "SUPPLIER_PAYMENT": "对外付款", "BANK_PAYMENT": "银行付款", "PURCHASE": "采购", "CUSTOMS": "海关",
    "DAMAGES": "违约金",
    "INVESTMENT_AMENDMENT": "投资变更", "CLAWBACK_WAIVER": "追回豁免", "CHANGE_ORDER": "订单变更",
    "INVESTMENT_AGREEMENT": "投资协议", "OFFTAKE_AGREEMENT": "承购协议", "STATEMENT": "结算单",
    "OFFTAKE_AMENDMENT": "承购变更", "JOURNAL": "手工凭证", "VAT_RETURN": "增值税申报",
    "OUTPUT": "销项", "INPUT": "进项", "IMPORT": "进口", "TRANSFER": "结转", "OWN": "本月", "LATE": "以前月份",
    "SUBMITTED": "已提交", "EXECUTED": "已签署", "COMMENCED": "已起租", "EXPIRED": "已到期", "RENEWED": "已续租",
    "HOLDOVER": "期满续占", "ENDED": "已结束", "VOIDED": "已作废",
    "FILED": "已申报", "WAITS": "待上月申报",
    "LIVE": "真实", "PUBLIC_FACT": "公开事实", "FICTIONAL": "虚构",
    "TOTAL": "合计",
}  # fmt: skip
"""What is written as a code, in reports and in filters."""

KEPT = {"CIIE", "BAC", "LOI", "FAT", "SAT", "LD"}
"""Parts of codes that are abbreviations in English too."""

ACCOUNTS = {account.name: account.name_zh for account in CHART.values()}
"""The names of accounts."""

CELLS: Mapping[str, str] = ACCOUNTS | dict(names_zh()) | dict(cash_names_zh()) | {
    "signed, not begun; in no total": "已签约未起租；不计入合计", "no building": "无楼栋", "no end": "无到期日",
    "(on no account)": "（未归入账户）",
    "opening": "期初余额", "closing": "期末余额", "Result of the year": "本年利润",
    "in the books": "账面值",
    "subtotal": "小计", "latest": "最新", "with nobody known": "来源不明", "expiry": "到期", "break": "解约",
    "owed for equipment orders": "设备订单应收", "control account 1122": "控制账户 1122",
    "control account 2202": "控制账户 2202", "control account 2241.01": "控制账户 2241.01", "difference": "差额",
    "WAULT to expiry, years": "至到期加权剩余租期（按租金），年",
    "WAULT to break, years": "至解约加权剩余租期（按租金），年",
    "WALE by area, years": "加权剩余租期（按面积），年", "passing rent a m² and month": "每㎡月租金",
    "reversion, %": "租金回归，%", "service": "服务期间", "accounting": "会计期间", "Bank": "银行存款",
    "Trade receivables": "应收账款", "Straight-line rent clearing": "直线法租金清算",
    "Contract assets and retention": "合同资产与质保金", "Other receivables": "其他应收款",
    "Loss allowance (ECL)": "坏账准备（ECL）", "Equipment inventory": "设备存货", "Trade payables": "应付账款",
    "Bank interest": "银行利息", "Take-over of balances": "期初余额结转",
    "Receipts not yet applied": "未核销收款", "Equipment advances": "设备预收款", "Make-up rights": "补提权",
    "Output VAT": "销项税额", "Output VAT pending transfer": "待转销项税额", "Tenant deposits": "租户押金",
    "Client money held as agent": "代收客户款", "Retained earnings": "未分配利润", "Rent, fixed": "固定租金",
    "Rent, variable and index": "浮动与指数租金", "Service charge": "物业费", "Energy": "能源",
    "Equipment sales": "设备销售", "Commission fees": "佣金", "Settlement services": "结算服务",
    "Other operating income": "其他业务收入", "Exchange gain and loss": "汇兑损益",
    "Input VAT": "进项税额", "Selling expenses": "销售费用", "Administrative expenses": "管理费用",
    "Non-operating income": "营业外收入", "Cost of sales": "销售成本", "Bank charges": "银行手续费",
    "Credit-loss expense": "信用减值损失", "Incentives to investors": "对投资方奖励",
    "Prior-year adjustment": "以前年度损益调整", "Prepaid expenses": "预付账款",
    "Fixed assets, at cost": "固定资产原价",
    "Accumulated depreciation": "累计折旧", "Salaries payable": "应付职工薪酬", "Income tax payable": "应交所得税",
    "Accrued expenses": "预提费用", "Capital paid in": "实收资本", "Surplus reserves": "盈余公积",
    "Taxes and surcharges, expense": "税金及附加", "Administration": "管理费用", "Income tax expense": "所得税费用",
}  # fmt: skip
"""Words of ours in the cells of reports."""

PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(\d+) of (\d+) let"), r"\2 个中已租 \1 个"),
    (re.compile(r"(\d+) agreements?"), r"\1 份协议"),
    (re.compile(r"at (\d{4}-\d\d-\d\d)"), r"\1 余额"),
    (re.compile(r"from (\d{4}-\d\d-\d\d)"), r"\1 起"),
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
