"""The chart of accounts: what each account means; its code can be set to a company's own (domain §8).

Account   an account by the name that journals are stored and computed under
CHART     every account; codes in PRC style, where standards leave them open (合同负债, 合同资产) a choice of ours
chart     the accounts with codes of one's own, from the settings
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

Normal = Literal["DEBIT", "CREDIT", "EITHER"]
Kind = Literal["ASSET", "LIABILITY", "EQUITY", "INCOME", "EXPENSE"]


class Account(Struct, frozen=True, kw_only=True):
    """`account` never changes; `code` and names are what people see."""

    account: str
    code: str
    name: str
    name_zh: str
    kind: Kind
    normal: Normal


def _account(account: str, code: str, name: str, name_zh: str, kind: Kind, normal: Normal) -> Account:
    return Account(account=account, code=code, name=name, name_zh=name_zh, kind=kind, normal=normal)


CHART: Mapping[str, Account] = {
    one.account: one
    for one in (
        _account("bank", "1002", "Bank", "银行存款", "ASSET", "DEBIT"),
        _account("receivables", "1122", "Trade receivables", "应收账款", "ASSET", "DEBIT"),
        _account("prepaid", "1123", "Prepaid expenses", "预付账款", "ASSET", "DEBIT"),
        _account("straight-line", "1124", "Straight-line rent clearing", "应收租金直线法清算", "ASSET", "EITHER"),
        _account("contract-assets", "1125", "Contract assets and retention", "合同资产", "ASSET", "DEBIT"),
        _account("other-receivables", "1221", "Other receivables", "其他应收款", "ASSET", "DEBIT"),
        _account("loss-allowance", "1231", "Loss allowance (ECL)", "坏账准备", "ASSET", "CREDIT"),
        _account("inventory", "1405", "Equipment inventory", "库存商品", "ASSET", "DEBIT"),
        _account("stock-allowance", "1471", "Allowance on inventory", "存货跌价准备", "ASSET", "CREDIT"),
        _account("fixed-assets", "1601", "Fixed assets, at cost", "固定资产原价", "ASSET", "DEBIT"),
        _account("depreciation", "1602", "Accumulated depreciation", "累计折旧", "ASSET", "CREDIT"),
        _account("lease-incentives", "1801.01", "Incentives to tenants", "长期待摊费用-租赁激励", "ASSET", "DEBIT"),
        _account("lease-costs", "1801.02", "Initial direct costs of leases", "长期待摊费用-初始费用", "ASSET", "DEBIT"),
        _account("payables", "2202", "Trade payables", "应付账款", "LIABILITY", "CREDIT"),
        _account("unapplied", "2203", "Receipts not yet applied", "预收款项", "LIABILITY", "CREDIT"),
        _account("equipment-advances", "2204.01", "Equipment advances", "合同负债-设备", "LIABILITY", "CREDIT"),
        _account("make-up", "2204.02", "Make-up rights", "合同负债-照付不议", "LIABILITY", "CREDIT"),
        _account("payroll", "2211", "Salaries payable", "应付职工薪酬", "LIABILITY", "CREDIT"),
        _account("output-vat", "2221.01", "Output VAT", "应交增值税-销项税额", "LIABILITY", "CREDIT"),
        _account("input-vat", "2221.02", "Input VAT", "应交增值税-进项税额", "LIABILITY", "DEBIT"),
        _account("vat-payable", "2221.03", "VAT payable", "未交增值税", "LIABILITY", "CREDIT"),
        _account("pending-vat", "2221.09", "Output VAT pending transfer", "待转销项税额", "LIABILITY", "CREDIT"),
        _account("income-tax-payable", "2221.10", "Income tax payable", "应交所得税", "LIABILITY", "CREDIT"),
        _account("deposits", "2241.01", "Tenant deposits", "其他应付款-押金", "LIABILITY", "CREDIT"),
        _account("client-money", "2241.02", "Client money held as agent", "其他应付款-代收", "LIABILITY", "CREDIT"),
        _account("opening-equity", "3999", "Take-over of balances", "期初余额结转", "EQUITY", "EITHER"),
        _account("accrued", "2241.03", "Accrued expenses", "其他应付款-预提费用", "LIABILITY", "CREDIT"),
        _account("interest-payable", "2241.04", "Deposit interest owed", "其他应付款-押金利息", "LIABILITY", "CREDIT"),
        _account("other-payables", "2241.09", "Other payables", "其他应付款-其他", "LIABILITY", "CREDIT"),
        _account("dividends", "2232", "Dividends payable", "应付股利", "LIABILITY", "CREDIT"),
        _account("provisions", "2801", "Provisions", "预计负债", "LIABILITY", "CREDIT"),
        _account("capital", "4001", "Capital paid in", "实收资本", "EQUITY", "CREDIT"),
        _account("surplus", "4101", "Surplus reserves", "盈余公积", "EQUITY", "CREDIT"),
        _account("retained-earnings", "4104", "Retained earnings", "利润分配", "EQUITY", "CREDIT"),
        _account("rent", "6001.01", "Rent, fixed", "主营业务收入-固定租金", "INCOME", "CREDIT"),
        _account("rent-variable", "6001.02", "Rent, variable and index", "主营业务收入-变动租金", "INCOME", "CREDIT"),
        _account("service-charge", "6001.03", "Service charge", "主营业务收入-物业费", "INCOME", "CREDIT"),
        _account("energy", "6001.04", "Energy", "主营业务收入-能源", "INCOME", "CREDIT"),
        _account("equipment", "6001.05", "Equipment sales", "主营业务收入-设备", "INCOME", "CREDIT"),
        _account("brokerage", "6001.06", "Commission fees", "主营业务收入-佣金", "INCOME", "CREDIT"),
        _account("settlement-service", "6001.07", "Settlement services", "主营业务收入-结算服务", "INCOME", "CREDIT"),
        _account("turnover-rent", "6001.08", "Rent by turnover", "主营业务收入-营业额租金", "INCOME", "CREDIT"),
        _account("other-income", "6051", "Other operating income", "其他业务收入", "INCOME", "CREDIT"),
        _account("exchange", "6061", "Exchange gain and loss", "汇兑损益", "INCOME", "EITHER"),
        _account("non-operating", "6301", "Non-operating income", "营业外收入", "INCOME", "CREDIT"),
        _account("cost-of-sales", "6401", "Cost of sales", "主营业务成本", "EXPENSE", "DEBIT"),
        _account("surcharges", "6403", "Taxes and surcharges, expense", "税金及附加", "EXPENSE", "DEBIT"),
        _account("selling", "6601", "Selling expenses", "销售费用", "EXPENSE", "DEBIT"),
        _account("administration", "6602", "Administrative expenses", "管理费用", "EXPENSE", "DEBIT"),
        _account("bank-charges", "6603", "Bank charges", "财务费用-手续费", "EXPENSE", "DEBIT"),
        _account("bank-interest", "6603.01", "Bank interest", "财务费用-利息", "EXPENSE", "EITHER"),
        _account("deposit-interest", "6603.03", "Interest on deposits", "财务费用-押金利息", "EXPENSE", "DEBIT"),
        _account("impairment", "6701", "Impairment of assets", "资产减值损失", "EXPENSE", "EITHER"),
        _account("credit-loss", "6702", "Credit-loss expense", "信用减值损失", "EXPENSE", "DEBIT"),
        _account("incentives", "6711", "Incentives to investors", "营业外支出-招商奖励", "EXPENSE", "DEBIT"),
        _account("income-tax", "6801", "Income tax expense", "所得税费用", "EXPENSE", "DEBIT"),
        _account("prior-year", "6901", "Prior-year adjustment", "以前年度损益调整", "INCOME", "EITHER"),
    )
}


def chart(codes: Mapping[str, str]) -> dict[str, Account]:
    """The chart with some codes replaced. KeyError where there is no such account."""
    return {**CHART, **{account: replace(CHART[account], code=code) for account, code in codes.items()}}
