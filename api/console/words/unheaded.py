"""Columns that only the table of a report has: its sheet shows them under no heading; comparing and receipts name them.

UNHEADED   a column -> its name in English and in Chinese; what it is measured in stands beside its figure
headed     the heading of any column; in_words: a formula of columns
"""

import re
from collections.abc import Mapping

from api.console.record.labels import label
from api.console.words.saying import Language, heading

UNHEADED: Mapping[str, tuple[str, str]] = {
    "agreement_on": ("Agreement on", "签约日"),
    "agreements_conversion_percent": ("Of agreements, registered", "签约转注册率"),
    "area_acres": ("Area", "面积"),
    "area_ha": ("Area", "面积"),
    "area_mu": ("Area", "面积"),
    "backlog_cny": ("Backlog, CNY", "未完成订单额（人民币）"),
    "carried_on_kwh": ("Carried on", "结转电量"),
    "change_points": ("Change in points", "变动百分点"),
    "committed_m2": ("Committed", "已承诺面积"),
    "committed_percent": ("Committed", "已承诺比例"),
    "contracted_m2": ("Contracted area", "合同面积"),
    "contributions": ("Contributions", "出资"),
    "days_agreements_to_registered": ("Days from agreement to registration", "签约到注册天数"),
    "days_leads_to_qualified": ("Days from lead to qualification", "线索到合格天数"),
    "days_loi_to_agreements": ("Days from LOI to agreement", "意向到签约天数"),
    "days_operating_to_exited": ("Days from operation to exit", "运营到退出天数"),
    "days_qualified_to_loi": ("Days from qualification to LOI", "合格到意向天数"),
    "days_registered_to_settled_in": ("Days from registration to settling in", "注册到落户天数"),
    "days_settled_in_to_operating": ("Days from settling in to operation", "落户到运营天数"),
    "delta_vat": ("Difference of VAT", "增值税差额"),
    "difference": ("Difference", "差额"),
    "distributions": ("Distributions", "分配"),
    "ecl": ("ECL", "预期信用损失"),
    "economic_percent": ("Economic occupancy", "经济出租率"),
    "erv_vacancy_percent": ("Vacancy by ERV", "按估计租值的空置率"),
    "erv_vacant": ("ERV of what is vacant", "空置部分估计租值"),
    "erv_year": ("ERV a year", "年估计租值"),
    "exited_conversion_percent": ("Exited", "退出转化率"),
    "says": ("In words", "说明"),
    "exited_on": ("Exited on", "退出日"),
    "exiting_on": ("Exiting since", "开始退出日"),
    "fee_earned_cny": ("Fee earned, CNY", "已赚佣金（人民币）"),
    "jobs_target": ("Jobs promised", "承诺岗位"),
    "leads_conversion_percent": ("Of leads, qualified", "线索转合格率"),
    "lease_state": ("State of the lease", "租约状态"),
    "lei": ("LEI", "LEI"),
    "let_m2": ("Let", "已租面积"),
    "lettable_m2": ("Lettable", "可租面积"),
    "lettable_mu": ("Lettable", "可租面积"),
    "loi_conversion_percent": ("Of LOIs, agreements", "意向转签约率"),
    "loi_on": ("LOI on", "意向日"),
    "make_up_expired": ("Make-up expired", "已失效补提权"),
    "make_up_opening": ("Make-up at the beginning", "期初补提权"),
    "make_up_owed": ("Make-up owed", "应给补提权"),
    "make_up_taken": ("Make-up taken", "已用补提权"),
    "off_market_m2": ("Off the market", "停止招租面积"),
    "operating_on": ("Operating since", "运营日"),
    "outlined": ("With an outline", "有轮廓"),
    "passing_with_erv": ("Passing rent where an ERV is known", "有估计租值部分的现行租金"),
    "passing_year": ("Passing rent a year", "年现行租金"),
    "physical_m2": ("Physically occupied", "实际占用面积"),
    "physical_percent": ("Physically occupied", "实际占用率"),
    "prior_year": ("Year before", "上年"),
    "profit": ("Profit", "利润"),
    "qualified_conversion_percent": ("Of qualified, LOIs", "合格转意向率"),
    "qualified_on": ("Qualified on", "合格日"),
    "registered_conversion_percent": ("Of registered, settled in", "注册转落户率"),
    "registered_on": ("Registered on", "注册日"),
    "rent_free_days_left": ("Days of rent free left", "剩余免租天数"),
    "reported_settled_conversion_percent": ("Reported settled in", "报道落户转化率"),
    "reported_settled_on": ("Reported settled in on", "报道落户日"),
    "settled_in_conversion_percent": ("Of settled in, operating", "落户转运营率"),
    "settled_in_on": ("Settled in on", "落户日"),
    "stage": ("Stage", "阶段"),
    "taken_over": ("Taken over", "接收"),
    "tax_mu_target": ("Tax promised a mu", "承诺亩均税收"),
    "transfers": ("Transfers", "划转"),
    "unapplied": ("Not applied", "未核销"),
    "under_construction_m2": ("Under construction", "在建面积"),
    "units_let": ("Units let", "已租单元"),
    "vacancy_percent": ("Vacancy", "空置率"),
    "vacant_m2": ("Vacant", "空置面积"),
    "without_erv_m2": ("Without an ERV", "无估计租值面积"),
}


def headed(language: Language, headings: Mapping[str, str], column: str) -> str:
    """A column's heading; one that the sheet does not show is called as forms do, or as the table does."""
    if column in headings:
        return heading(language, headings[column])
    if column in UNHEADED:
        return UNHEADED[column][language == "zh"]
    said = label(language, column)
    return column if UNSAID in said else said


UNSAID = "⟦"
"""Stands before a text that has no Chinese."""
OF_COLUMNS = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b")
MEASURED = {
    "m2": "m²",
    "percent": "%",
    "kwh": "kWh",
    "cny": "CNY",
    "wh": "Wh",
    "mu": "mu",
    "ha": "ha",
    "acres": "acres",
    "days": "",
}


def in_words(language: Language, headings: Mapping[str, str], formula: str) -> str:
    """A formula of columns, each as people call it and with what it is measured in."""
    return OF_COLUMNS.sub(lambda found: measured(language, headings, found[0]), formula)


def measured(language: Language, headings: Mapping[str, str], column: str) -> str:
    """A column's heading, with what it is measured in where its name says so."""
    said, unit = headed(language, headings, column), MEASURED.get(column.rpartition("_")[2], "")
    return f"{said} {unit}" if unit and unit not in said else said
