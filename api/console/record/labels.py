"""The names of commands, fields and choices, in both languages.

label    a field's name, of a fact too; choice: what a code means; hint: the shape of what is typed
title    a command's name; group: what it is about; row: of a report

English names are those of the commands themselves, in words. What has no Chinese is shown between ⟦ and ⟧, and fails a
test.
"""

import re
from collections.abc import Mapping

from api.console.record.titles import TITLES, TOLD
from api.console.words.saying import CODES, Language

ENGLISH: Mapping[str, str] = {
    "acq": "Annual contract quantity", "bac": "BAC", "co2_series": "CO₂ series", "ct": "Current transformer ratio",
    "pt": "Voltage transformer ratio", "doc": "Document", "erv_m2_month": "Rental value, m² a month",
    "energy_wh": "Energy, Wh of each interval", "fai_target": "FAI target", "fat": "Factory acceptance test",
    "kw": "kW", "import_vat": "Import VAT", "name_zh": "Name in Chinese", "os_user": "User of the machine",
    "parent_lei": "LEI of the parent", "sha256": "SHA-256", "secret_sha256": "SHA-256 of the secret",
    "url": "Web address", "uscc": "USCC", "vat": "VAT", "vat_rate": "VAT rate", "vat_series": "VAT series",
    "vkey": "Public key (vkey)", "effective_on": "Effective on", "kind": "Kind", "on": "On", "by": "Curtailed by",
    "to": "To", "per": "Per", "type": "Kind", "first": "First number", "last": "Last number",
}  # fmt: skip
"""Names of fields that their words do not make."""

OF_TERMS: Mapping[str, tuple[str, str]] = {
    "floor": ("Floor", "下限"),
    "vat": ("VAT method", "计税方法"),
    "incentive": ("Incentive", "租赁激励"),
}
"""Fields that mean something else in the terms of a deal than elsewhere."""

FIELDS: Mapping[str, str] = {
    "begins": "起始区间", "like": "参照日", "gaps": "缺口", "substituted": "替代值（Wh）",
    "profile": "列说明名称", "columns": "列说明", "encoding": "编码", "delimiter": "分隔符", "decimal": "小数点",
    "date": "日期列", "date_form": "日期格式", "value_date": "起息日列", "direction": "收支方向列", "out": "支出字样",
    "inward": "收入字样", "received": "收入列", "paid": "支出列", "newest_first": "新的在前", "ends": "表尾字样",
    "estimate": "估计编号", "termination_payment": "解约补偿编号", "owed_by": "应付方", "clause": "条款",
    "read_by": "读取所用列说明",
    "purchase": "采购编号", "code": "发票代码", "deductible": "可抵扣", "text": "说明", "orders": "订单编号",
    "documents": "单据编号", "bank_account": "银行账户",
    "companies": "企业", "sites": "园区", "parcels": "地块", "buildings": "楼栋", "leases": "租约",
    "deposits": "押金", "invoices": "未收账单", "issued_on": "开票日期", "billed_through": "租金已开票至",
    "service_through": "物业费已开票至",
    "about": "所涉事项", "account": "科目", "acq": "年合同量", "actor": "人员", "address": "地址",
    "adjustment": "调整编号", "agreement": "协议编号", "allocations": "核销明细", "amendment": "变更编号",
    "amount": "金额", "approver": "审批人", "area": "面积", "assessment": "角色判断", "balance": "余额",
    "band": "时段", "bands": "分时读数", "bank": "开户银行",
    "bank_entry": "银行记录编号", "bank_charge": "银行手续费", "bank_reference": "银行流水号", "base": "基期",
    "bank_references": "银行流水号（一笔或多笔）",
    "base_on": "基准日", "baseline": "基准用量", "bill_of_lading": "提单号", "billed": "收租方式",
    "billed_every_months": "收租周期（月）", "binding": "有约束力", "bounds": "上下限适用范围", "break_on": "解约日",
    "breaks": "解约权", "bucket": "账龄段", "building": "楼栋", "buyer": "买方", "by": "限电方", "cap": "上限",
    "carry_forward": "结转", "cause": "原因类别", "certificate": "证书", "change": "变更单编号", "channel": "渠道",
    "charge": "费用类别", "checked": "核对说明", "claim": "声明编号", "claimed_on": "声明日期",
    "clawback": "追回编号", "co2_series": "CO₂ 系列", "collection": "收款编号", "commencement_on": "起租日",
    "commission": "佣金", "commission_payer": "佣金支付方", "commission_supply": "佣金服务性质",
    "client_money": "代收款所属订单",
    "contact": "联系人编号", "job": "职务", "phone": "电话", "email": "电子邮箱", "ground": "删除理由",
    "company": "企业编号", "conclusion": "结论", "consequence": "后果", "contract": "合同", "contracted": "签约额",
    "contribution": "出资编号", "control": "控制权", "coordinates": "坐标", "corrects": "所更正的事实序号",
    "cost": "成本", "count": "数量", "country": "国家或地区", "covenant": "承诺编号", "covenants": "承诺",
    "cny": "折合人民币", "default": "默认账户", "to_account": "转入账户", "to_amount": "转入金额",
    "to_lease": "转入租约", "to_order": "转入订单", "stock_entry": "存货处理编号", "customer": "客户",
    "net_realisable": "可变现净值", "over_time": "按时段确认收入", "expected_cost": "预计总成本",
    "to_rate_series": "转入账户汇率系列",
    "credit_note": "贷项通知编号", "ct": "电流互感器变比", "currency": "币种", "current_on": "当期日",
    "datum": "坐标基准",
    "curtailment": "限电编号", "day": "日期", "days": "各日数据", "declaration": "报关单号", "deemed": "视同验收",
    "deemed_acceptance": "可视同验收", "deep_valley": "深谷", "delivered": "实际供应", "deposit": "押金",
    "expense": "原费用科目", "deposit_interest": "押金利息",
    "deposit_return_days": "押金退还期限（天）", "turnover_rent": "营业额租金", "turnover": "营业额",
    "breakpoint": "起算额（每月）", "year_breakpoint": "起算额（每年）", "less_rent": "扣减租金",
    "declared_days": "申报期限（天）", "delegate": "代为审批的人", "delegation": "委托编号", "kinds": "审批类型",
    "deposits_held": "持有押金", "different": "差异数", "digits": "表码位数", "discount": "折扣", "doc": "文件名",
    "document": "文件", "due_days": "付款期限（天）", "due_on": "到期日", "duty": "关税", "effective_on": "生效日",
    "ended": "已结束的合同", "ended_on": "结束日", "ends_on": "终止日", "energy": "电量",
    "energy_wh": "各时段电量（Wh）", "entries": "分录数", "erv_m2_month": "估计租值（每㎡每月）",
    "escalation": "递增率", "evidence": "证明文件", "executed_on": "签署日", "expires_on": "失效日",
    "expiry_on": "到期日", "exposures": "风险敞口", "factor": "系数", "fai_target": "固投目标", "fat": "出厂验收",
    "first": "首号", "last": "末号", "lot": "批次编号", "movement": "划转或核销编号", "beneficiary": "受益方",
    "tradable": "可交易", "purpose": "用途",
    "fee": "费用", "fee_months": "费用（月租数）", "fee_taxable": "费用应税", "figure": "指标", "file": "文件",
    "final": "止码", "final_bands": "分时止码", "flat": "平段/定额", "floor": "楼层", "floors": "层数",
    "foreign_number": "境外登记号", "foreign_registry": "境外登记机关", "forfeited_on": "没收日", "form": "形式",
    "from_at": "开始时刻", "from_hour": "开始钟点", "from_on": "起始日", "generator": "发电方", "grid": "经电网",
    "gross": "账面总额", "guarantee": "供能保证", "guaranteed": "保证量", "handover": "交接文件",
    "handover_on": "交接日", "import_vat": "进口增值税", "incentive": "奖励编号", "incentives": "奖励",
    "identity": "登录身份", "opens": "开放的接口组", "about_company": "限定企业",
    "incoterms": "贸易术语", "indexation": "指数调租", "intended_investment": "意向投资", "into": "并入",
    "inventory_risk": "存货风险", "invoice": "单据编号", "item": "品项", "items": "品项", "key_id": "密钥编号",
    "entry": "日程事项", "scope": "用途",
    "statements": "银行对账单", "opening": "期初余额", "closing": "期末余额", "booked_on": "记账日",
    "value_on": "起息日", "known": "已登记明细", "returned": "退回原因", "came_on": "收到日",
    "references": "银行流水号",
    "kind": "类型", "kw": "千瓦", "late_fee_per_day": "每日滞纳金率", "lease": "租约编号", "lettable": "可租面积",
    "journal": "凭证", "journals": "凭证", "payee": "收款人", "manual_journal": "手工凭证",
    "mirrors": "被冲销凭证", "repeats": "被重复凭证", "reverses": "次月自动冲回",
    "side": "借贷方向", "late": "以前月份", "held": "暂不抵扣的采购", "acknowledgement": "申报回执号",
    "vat_payment": "增值税缴款编号", "rate_reason": "税率依据",
    "licence": "营业执照", "limitation_months": "追溯期（月）", "lines": "明细", "lists": "筛查清单",
    "make_up": "补提", "measured": "实测用量", "measured_on": "测量日", "measurement": "计量编号",
    "meter": "电表编号", "method": "核验方式", "metric": "指标", "milestone": "里程碑", "milestones": "里程碑",
    "highest": "最高价", "lowest": "最低价", "margin": "加价",
    "minutes": "间隔（分钟）", "model": "型号", "month": "月份", "months": "月数", "name": "名称",
    "name_zh": "中文名称", "net": "净额", "note": "备注", "notice": "通知文件", "notice_days": "提前通知（天）",
    "notes_after": "未扣除的贷项通知", "number": "号码", "occasion": "场合", "on": "日期", "on_invoice": "对应单据",
    "option_exercised": "行使选择权",
    "order": "订单编号", "origin": "来源渠道", "origin_year": "来源年份", "os_user": "本机用户", "outcome": "结果",
    "announcement": "公告文号", "basis": "口径", "emission": "排放因子说明",
    "region": "所在地区", "title_certificate": "不动产权证号",
    "replies": "发票回执", "line": "行号",
    "outline": "轮廓", "override": "例外", "parcel": "地块", "parent_lei": "母公司 LEI", "park_address": "园区地址",
    "parts": "拆分部分", "party": "当事方", "payer": "支付方", "payment": "付款编号", "peak": "峰段",
    "per": "计价单位", "percent": "百分比", "place": "地点", "position": "序号", "potential": "可发电量",
    "premises": "承租单元", "price": "单价", "pricing": "定价权", "program": "程序版本", "proration": "按日折算",
    "protocol": "交接记录", "pt": "电压互感器变比", "published_on": "发布日", "quality": "读数性质",
    "quantity": "数量", "rate": "费率", "rate_series": "汇率系列", "ratio_form": "按比率", "reason": "理由",
    "reasonably_certain": "合理确定", "receipt": "收款编号", "receivable": "应收款", "recognition": "收入确认",
    "recorded": "依据的序号", "red": "红字", "reference": "编号", "refund": "退款编号", "regains": "恢复的证件",
    "registered": "登记比例", "registry": "登记机关", "renewal": "续租权", "rent": "租金", "rent_free": "免租期",
    "rent_months": "租金月", "replacement_price": "替代电价", "report": "报告", "responsibility": "主要责任",
    "result": "结果", "reversal": "冲回编号", "role": "角色", "rolled_over": "已翻转", "root": "根哈希",
    "rows": "行数", "rule": "规则", "run": "结算次数", "sale": "出售编号", "scheme": "证件种类",
    "mean": "按时间平均价", "periods": "时段数", "spot": "分时价格", "prices": "各时段价格", "price_unit": "价格单位",
    "secret_sha256": "密钥的 SHA-256", "series": "系列", "service_charge": "物业费", "settled_by": "结算依据",
    "sha256": "SHA-256", "shows": "所示日期", "share": "份额", "sharp": "尖段",
    "shipment": "发运编号", "signed_on": "签署日",
    "site": "园区", "source": "来源", "specified_good": "特定商品", "standard": "测量标准", "start": "起码",
    "start_bands": "分时起码", "starts_on": "开始日", "stated_area": "所述面积", "stated_unit": "所述单位",
    "statement": "陈述", "step": "步骤", "straight_line": "直线法", "subject": "主题", "subledgers": "明细账",
    "subscribed": "认缴额", "successor": "后续租约", "supersedes": "取代", "supplier": "供应商", "supply": "供货性质",
    "table": "表", "tables": "表", "take_or_pay": "照付不议", "target": "目标", "taxable": "应税",
    "technology": "技术", "terms": "条款", "test_on": "考核日", "through": "截至", "to": "受让方",
    "tolerance": "容差", "tranches": "出资期次", "transferred_to": "转让给", "trigger": "触发节点", "type": "类型",
    "unit": "单元", "unit_price": "单价", "units": "单元", "until_at": "结束时刻", "until_hour": "结束钟点",
    "until_on": "截止日", "url": "网址", "uscc": "统一社会信用代码", "use": "用途", "utilised": "计入到资",
    "valid_until": "有效期至", "valley": "谷段", "value": "数值", "vat": "增值税额", "vat_rate": "增值税率",
    "vat_series": "增值税系列", "version": "版本", "view": "读取模型", "views": "读取模型", "vkey": "公钥（vkey）",
    "waiver": "豁免编号", "whole": "整张", "windows": "时段划分", "write_off": "核销编号", "year": "年度",
    "years": "年数",
}  # fmt: skip

CHOICES: Mapping[str, str] = {
    "PURPOSE_ENDED": "目的已达", "CONSENT_WITHDRAWN": "撤回同意", "REQUESTED": "本人要求", "MISTAKE": "登记有误",
    "INTEREST": "利息", "ACT_365": "按实际天数/365", "ACT_360": "按实际天数/360",
    "INVENTORY": "库存商品", "ENERGY": "能源", "PROPERTY": "物业", "SELLING": "销售", "ADMINISTRATION": "管理",
    "payroll": "应付职工薪酬", "accrued": "预提费用", "other-payables": "其他应付款",
    "income-tax-payable": "应交所得税", "dividends": "应付股利", "ASSET": "固定资产", "PREPAID": "预付费用",
    "true": "是", "false": "否", "ACRE": "英亩", "ACTUAL": "实际", "ACTUAL_365": "实际/365", "ACTUAL_366": "实际/366",
    "ACTUAL_ACTUAL": "实际/实际", "ADVANCE": "预付", "AGREEMENT": "协议", "AGREES": "一致", "ARREARS": "后付",
    "BIOMASS": "生物质", "BOMA": "BOMA", "BREAK": "解约", "BUYER": "买方", "CALENDAR": "日历月",
    "STATEMENT_OF_ACCOUNT": "对账单", "ENERGY_STATEMENT": "电量结算单",
    "CALLBACK": "回电核实", "CAPITAL": "资本", "CHECK": "核对", "CLEAR": "无命中", "CLIFF": "全额",
    "COST_TO_COST": "按已发生成本", "MILESTONES": "按里程碑",
    "COMMENCEMENT": "起租", "CONSIDERATION": "对价", "COST_TRUSTEESHIP": "费用托管", "CROSS_BORDER": "跨境",
    "CUMULATIVE": "累计", "DEEP_VALLEY": "深谷", "DIFFERS": "不一致", "DOCUMENT": "文件", "DOMESTIC": "境内",
    "EITHER": "任一方", "ESTIMATED": "估计", "EXPORT_CONTROL": "出口管制", "FAI": "固定资产投资",
    "FAI_INTENSITY": "投资强度", "FLAT": "平段", "FORCE_MAJEURE": "不可抗力", "FOREIGN": "境外", "GAS": "燃气",
    "GENERAL": "一般计税", "GEOTHERMAL": "地热", "GRID": "电网", "GUARANTEED_SAVINGS": "保证节能", "HECTARE": "公顷",
    "HIT": "命中", "HYDRO": "水电", "INDUSTRIAL": "工业", "INTERVALS": "间隔数据", "JOBS": "就业",
    "LABORATORY": "实验室", "LAND": "土地", "LARGEST_REMAINDER": "最大余数法", "LEASE": "租约", "LESSOR": "出租方",
    "LESSOR_DEFAULT": "出租方违约", "LOAN": "贷款", "M2": "㎡", "M2_DAY_30": "元/㎡/日（30 日月）",
    "M2_DAY_365": "元/㎡/日（365 日年）", "M2_MONTH": "元/㎡/月", "MADE_ANEW": "重新生成", "MAINTENANCE": "检修",
    "MCSC": "本公司", "MONTH": "元/月", "MU": "亩", "NEGATIVE_LIST": "负面清单", "OCEAN": "海洋能", "OFFICE": "办公",
    "OUTPUT": "产值", "PAID_IN": "实缴", "PEAK": "峰段", "PERIOD": "按期", "PRO_RATA": "按比例", "REBUILD": "重建",
    "REGISTER": "表码", "REGISTRY": "登记机关", "RESIDENTIAL": "居住", "RETAIL": "商业",
    "RETENTION_RELEASED": "质保金释放", "SANCTIONS": "制裁", "SCOPE_DOWN": "减租", "SCOPE_UP": "增租",
    "SELLER": "卖方", "SELLER_DEFAULT": "卖方违约", "SETTLEMENT_AGENT": "结算代理", "SHARED_SAVINGS": "节能分享",
    "SHARP": "尖段", "SIMPLIFIED": "简易计税", "SINCE_LAST": "自上次起", "DEBIT": "借", "CREDIT": "贷",
    "SOLAR": "光伏", "STORAGE": "储能",
    "SUBSTITUTED": "替代", "SUPPLIER": "供应商", "TAX": "税收", "TAX_PER_MU": "亩均税收", "TENANT": "承租方",
    "TENANT_DEFAULT": "承租方违约", "TERM": "期限", "THIRTY_360": "30/360", "VALLEY": "谷段", "WAREHOUSE": "仓储",
    "WASTE_HEAT": "余热", "WASTE_TO_ENERGY": "垃圾发电", "WIND": "风电", "admin": "管理员", "approver": "审批人",
    "auditor": "审计", "deal_desk": "招商业务", "finance": "财务", "period.opened": "期间开放",
    "period.reopening-proposed": "提议重开", "period.soft-closed": "软结账", "rate.approved": "费率批准",
    "rate.rejected": "费率驳回", "bank.account-opened": "开立账户", "bank.account-made-default": "设为默认账户",
    "bank.account-closed": "注销账户", "bank.statement-taken": "登记对账单",
    "bank.profile-recorded": "登记列说明", "bank.line-matched": "勾对对账单行",
    "bank.line-put-aside": "搁置对账单行", "DIARY": "日程",
    "tab": "制表符", "FIXED": "固定价", "INDEXED": "指数价", "SAVINGS": "节能量", "TIME_OF_USE": "分时价",
    "SPOT": "随行就市价", "CNY_KWH": "元/千瓦时", "CNY_MWH": "元/兆瓦时", "prices.received": "分时价格登记",
}  # fmt: skip

ABBREVIATED = frozenset({"cny", "ecl", "fat", "ld", "lei", "loi", "sat", "vat", "usd"})
UNIT = re.compile(r"_(minor|dm2|wh|e7)$")
"""How names end of what facts count in their smallest unit."""
KEPT = {
    "BHD", "BOMA", "CFR", "CIF", "CIP", "CNY", "CPT", "DAP", "DDP", "DPU", "EUR", "EXW", "FAS", "FCA", "FOB",
    "GB/T17986", "GB/T50353", "GBP", "HKD", "IPMS3", "JPY", "KRW", "KWD", "LEI", "SGD", "USCC", "USD", "vat/goods",
    "vat/services", "WGS84", "CGCS2000", "GCJ-02", "BD-09",
    "utf-8", "gb18030", "iso-8859-1", "windows-1252", "utf-16", ",", ";", "|", ".",
    "YYYY-MM-DD", "YYYY/MM/DD", "YYYYMMDD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY",
}  # fmt: skip
"""Codes that are what they are in both languages."""

SAID: Mapping[str, str] = {
    "true": "Yes", "false": "No", "M2_DAY_30": "m² a day, months of 30 days",
    "M2_DAY_365": "m² a day, years of 365 days", "M2_MONTH": "m² a month", "MU": "mu 亩", "M2": "m²",
    "MCSC": "MCSC", "FAI": "FAI", "THIRTY_360": "30/360", "ACTUAL_ACTUAL": "Actual/actual",
    "ACTUAL_365": "Actual/365", "ACTUAL_366": "Actual/366", "CIIE_PAVILION": "CIIE pavilion",
    "BAC_REFERRAL": "BAC referral", "FAT_PASSED": "FAT passed", "SAT_PASSED": "SAT passed",
    "FAI_INTENSITY": "FAI intensity",
}  # fmt: skip
"""Codes in English, where lower-case letters do not make words of them."""

CODED = {*CHOICES, *SAID, *CODES} - {"admin", "approver", "auditor", "finance"}
"""What a field of a fact holds where it is one of our codes."""

HINTS: Mapping[str, str] = {
    "CN, a province such as CN-SC, or a grid such as GRID-SOUTHWEST.": "CN、省级如 CN-SC，或电网如 GRID-SOUTHWEST。",
    "Somebody as an OpenID provider knows them: its issuer, `#`, and its subject for them.": (
        "身份提供方所识别的人：签发者、`#`、其对该人的标识。"
    ),
    "What the bank calls the payment, as text.": "银行对该笔付款的称谓，文本。",
    "The number of an entry in its statement: 3; of a payment in a batch: 3.2.": (
        "对账单中的序号：3；批次中的一笔：3.2。"
    ),
    "An amount in the account's currency, what went out with a minus: -126000.00.": (
        "账户币种的金额，支出为负：-126000.00。"
    ),
    "The id of an entry of the diary, as the diary says it: break/l-1/2027-06-30.": (
        "日程事项编号，如日程所示：break/l-1/2027-06-30。"
    ),
    "The document, the tenant of a statement, or AGREEMENT/2026-05-r0: as `mcsc paper` takes it.": (
        "单据编号、对账单的租户，或 AGREEMENT/2026-05-r0：与 `mcsc paper` 的写法相同。"
    ),
    "A contact of the company, by a number: 1 to 9999.": "企业的联系人编号：1 至 9999。",
    "One line of writing, 100 characters at most. It is recorded sealed.": "一行文字，至多 100 字；加密记录。",
    "An address of electronic mail: name@example.com. It is recorded sealed.": (
        "电子邮箱：name@example.com；加密记录。"
    ),
    "A telephone number: +86 28 5555 0100. It is recorded sealed.": "电话号码：+86 28 5555 0100；加密记录。",
    "A day: 2026-06-30.": "日期：2026-06-30。",
    "Lower-case letters, digits and hyphens; 1 to 63.": "小写字母、数字和连字符，1 至 63 位。",
    "Lower-case letters, digits and hyphens; 1 to 40.": "小写字母、数字和连字符，1 至 40 位。",
    "Capital letters, digits and hyphens, ending in digits; up to 40.": (
        "大写字母、数字和连字符，以数字结尾，至多 40 位。"
    ),
    "One line of writing, not blank, without control characters.": "一行文字，不得为空。",
    "A kind and a name: fx/usd-cny, cpi/cn-all, vat/leasing, co2/cn-sc.": (
        "类别与名称：fx/usd-cny、cpi/cn-all、vat/leasing、co2/cn-sc。"
    ),
    "CNY with two decimals: 1234.50.": "人民币元，两位小数：1234.50。",
    "CNY, two decimals: 1234.50.": "人民币元，两位小数：1234.50。",
    "A ratio with up to eight decimals: 0.09 is 9 %.": "比率，最多八位小数：0.09 即 9 %。",
    "A price with up to eight decimals: 43.20.": "单价，最多八位小数：43.20。",
    "A month: 2024-07.": "月份：2024-07。",
    "The bank's reference of a payment: letters, digits, / . _ -, up to 64.": (
        "银行流水号：字母、数字与 / . _ -，最多 64 位。"
    ),
    "What a register shows, up to four decimals: 1204318.4.": "表码，最多四位小数：1204318.4。",
    "Digits, capital letters and hyphens; 1 to 40.": "数字、大写字母和连字符，1 至 40 位。",
    "An amount of a currency, with no more decimals than it has: 126000.00.": (
        "某币种的金额，小数位不超过该币种：126000.00。"
    ),
    "An amount with no more decimals than its currency has; with a minus, what is owed back: 126000.00.": (
        "金额，小数位数不超过其币种；负数为对方应退还的金额：126000.00。"
    ),
    "The supplier's own number of a document, or a tax invoice's: letters, digits, / . _ -, up to 40.": (
        "供应商的单据号或发票号码：字母、数字、/ . _ -，最多 40 位。"
    ),
    "The code of a tax invoice whose number has 8 digits: 10 or 12 digits.": (
        "8 位号码发票的发票代码：10 或 12 位数字。"
    ),
    "Square metres with two decimals: 1234.50.": "平方米，两位小数：1234.50。",
    "kWh with up to three decimals: 127584.3.": "千瓦时，最多三位小数：127584.3。",
    "The stored name of a step: lease.commenced, order.delivered.": "步骤的存储名：lease.commenced、order.delivered。",
    "An amount of a currency, with no more decimals than it has: 5000000.00.": (
        "某币种金额，小数位不超过该币种：5000000.00。"
    ),
    "The units that the lease takes by this step, as its paper names them; others are not looked at.": (
        "租约在此步骤占用的单元，与合同所列一致。"
    ),
    "ISO 3166-1 alpha-2, such as CN or US.": "ISO 3166-1 两位代码，如 CN、US。",
    "64 lower-case hexadecimal digits.": "64 位小写十六进制数。",
    "An area as stated: 800.": "所述面积：800。",
    "A floor: 1, 12, B1, M.": "楼层：1、12、B1、M。",
    "8 to 20 digits.": "8 至 20 位数字。",
    "10 or 12 digits.": "10 或 12 位数字。",
    "What is to be reached, with up to four decimals: 200.": "目标值，最多四位小数：200。",
    "08:00; up to 24:00.": "08:00，至 24:00。",
    "Local time of the delivery point: 2024-01-10T08:00:00.": "交付点当地时间：2024-01-10T08:00:00。",
    "Digits before the point: where it goes round.": "整数位数：表码翻转之处。",
    "A user of the operating system, as `id -un` names them; 1 to 64 characters.": (
        "操作系统用户，同 `id -un`；1 至 64 个字符。"
    ),
    "As `mcsc check` names it.": "同 `mcsc check` 所用名称。",
    "A decimal amount: 5000000.00.": "金额：5000000.00。",
    "A year, a month or a day: 2021, 2021-11 or 2021-11-07.": "年、月或日：2021、2021-11 或 2021-11-07。",
    "A balance in CNY with two decimals: -1234.50.": "人民币余额，两位小数：-1234.50。",
    "A number with up to eight decimals: 7.1036.": "数值，最多八位小数：7.1036。",
    "kW with up to three decimals: 125.": "千瓦，最多三位小数：125。",
    "Up to four decimals: 30 or 33.3333.": "最多四位小数：30 或 33.3333。",
    "The watt-hours of each interval of a day, one after the other; - where the value is missing.": (
        "一天中各时段的瓦时数，依次排列；缺失处填 -。"
    ),
    "The price of each period of a day, one after the other, up to five decimals, below zero with a minus; - where it"
    " is missing.": "一天中各时段的价格，依次排列，最多五位小数，负价加负号；缺失处填 -。",
    "A series of prices, such as spot/sichuan-day-ahead, of a market or tariff.": (
        "价格系列，如市场或电价的 spot/sichuan-day-ahead。"
    ),
    "A price, or a part of one, that may lie below zero, with up to eight decimals: -0.015.": (
        "价格或其一部分，可为负，最多八位小数：-0.015。"
    ),
    "A letter for each interval of a day: A actual, E estimated, S substituted, M missing; else all are actual.": (
        "一天中每个时段一个字母：A 实际、E 估算、S 替代、M 缺失；不填则全部为实际。"
    ),
    "A public key of Ed25519 as C2SP signed-note writes it (vkey): NAME+ID+BASE64.": (
        "Ed25519 公钥，C2SP signed-note 写法（vkey）：NAME+ID+BASE64。"
    ),
    "8 to 16 lower-case letters and digits.": "8 至 16 位小写字母和数字。",
}

GROUPS: Mapping[str, tuple[str, str]] = {
    "companies": ("Companies", "企业"), "estate": ("Land, buildings, units", "土地、楼栋、单元"),
    "leases": ("Leases", "租约"), "billing": ("Billing and receipts", "开票与收款"),
    "investment": ("Investment agreements", "投资协议"), "orders": ("Equipment orders", "设备订单"),
    "offtake": ("Energy offtake", "能源承购"), "claims": ("Public claims", "公开声明"),
    "rates": ("Reference rates", "参考费率"), "periods": ("Accounting periods", "会计期间"),
    "banking": ("Bank accounts", "银行账户"), "books": ("Journals by hand", "手工凭证"),
    "purchases": ("Purchases", "采购"), "vat": ("VAT", "增值税"),
    "access": ("Access", "权限"), "delegations": ("Delegations", "审批委托"),
    "diary": ("Diary", "日程"), "audit": ("Audit", "审计"),
    "papers": ("Papers", "单据"),
}  # fmt: skip


def _in(language: Language, english: str, chinese: str | None) -> str:
    return english if language == "en" else chinese or f"⟦{english}⟧"


def _words(name: str) -> str:
    words = [word.upper() if word in ABBREVIATED else word for word in re.split("[-_ ]", name)]
    return words[0][0].upper() + " ".join(words)[1:]


def label(language: Language, name: str, *, of_terms: bool = False) -> str:
    """A field's name; what it is measured in stands beside the figure. `of_terms`: a field of a deal's terms."""
    if of_terms and name in OF_TERMS:
        return _in(language, *OF_TERMS[name])
    if name in ENGLISH:
        return _in(language, ENGLISH[name], FIELDS.get(name))
    if (plain := UNIT.sub("", name)) != name:
        return _in(language, ENGLISH.get(plain) or _words(plain), TOLD.get(plain) or FIELDS.get(plain))
    return _in(language, _words(name), FIELDS.get(name) or TOLD.get(name))


def choice(language: Language, code: str) -> str:
    """A code in words; numbers and the names of standards are as they are."""
    if code in KEPT or code.isdigit() or (language == "en" and "." in code):
        return code
    english = SAID.get(code) or _words(code.rpartition(".")[2].lower() if code.isupper() or "_" in code else code)
    return _in(language, english, CHOICES.get(code) or CODES.get(code))


def hint(language: Language, text: str) -> str:
    """The shape of what is typed."""
    return _in(language, text, HINTS.get(text)) if text else ""


def title(language: Language, command: str) -> str:
    """A command's name."""
    return _in(language, _words(command), TITLES.get(command))


def row(language: Language, name: str) -> str:
    """The row of a report: what kind of thing it is about, and which."""
    kind, colon, thing = name.partition(":")
    known = kind in CODES or kind in CHOICES or kind.lower() in FIELDS
    words = choice(language, kind) if kind in CODES or kind in CHOICES else label(language, kind.lower())
    said = [choice(language, part) if part in CODES or part in CHOICES else part for part in thing.split(",") if part]
    return f"{words}{' ' if colon else ''}{', '.join(said)}" if known else name


def group(language: Language, name: str) -> str:
    """The name of some commands together."""
    english, chinese = GROUPS.get(name, (_words(name), None))
    return _in(language, english, chinese)
