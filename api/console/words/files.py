"""The texts of the pages that take files in Chinese, by their English.

FILES   English -> Chinese
"""

from collections.abc import Mapping

FILES: Mapping[str, str] = {
    "Meters' files, and a living park": "电表文件与在营园区",
    "Files": "文件导入",
    "The file is read and shown, every wrong place at once; nothing is recorded before you say so.": (
        "系统读取并展示文件；在您确认之前不记录任何内容。所有错误会连同规则一次列出。"
    ),
    "Your role records nothing from files.": "您的角色不能从文件记录。",
    "A meter's file": "电表文件",
    "XLSX, XLS, CSV, NEM12, Green Button or MSCONS. Without a profile: two columns, an interval's beginning and kWh.": (
        "XLSX、XLS、CSV、NEM12、Green Button 或 MSCONS。无模板时为两列：时段起始时间与千瓦时。"
    ),
    "Meter": "电表",
    "File of the meter": "电表的文件",
    "Its profile (TOML), which says what its columns mean": "说明各列含义的模板（TOML）",
    "Days that are not whole": "不完整的日期",
    "as the profile says; else the file is refused": "按模板；否则拒绝该文件",
    "leave out, and name them: the whole days are taken": "跳过并列出：只取完整的日期",
    "take, what is missing as missing": "接受，缺失值记为缺失",
    "Of a file of several meters: which one, as the file names it": "含多块电表的文件：所取电表在文件中的名称",
    "Why these take the place of intervals that are on record": "以此替换已登记时段的原因",
    "A park that lived before": "接管在营园区",
    "Companies, ground, leases, deposits and open invoices, as they stand at the end of a month.": (
        "企业、土地房屋、租约、押金与未清发票，以月末状态为准。"
    ),
    "The empty workbook, with help in both languages": "空白工作簿（含双语说明）",
    "The filled workbook (XLSX)": "填好的工作簿（XLSX）",
    "The day of taking over: the last of a month": "接管日：某月最后一天",
    "Left out, or read in a way to know of:": "略过或需留意之处：",
    "Choose another file": "选择其他文件",
    "Days of {meter}: {count}, of them new: {new}": "{meter} 的日期：{count} 天，其中新增 {new} 天",
    "of it estimated": "其中估算",
    "missing intervals": "缺失时段",
    "Doubtful; nothing is refused for it": "存疑之处（不因此拒绝）",
    "Rows of": "工作表",
    "in the file": "文件中",
    "The workbook": "工作簿",
    "What it comes to in the books": "对账簿的影响",
    # Prices by the period
    "Prices by the period: each month of a series, what is settled on it, and what corrections since come to.": (
        "分时段价格：各系列逐月价格、按其结算的月份，以及其后更正的差额。"
    ),
    "Only this series, such as spot/sichuan-day-ahead.": "仅该系列，例如 spot/sichuan-day-ahead。",
    "Of what is settled, only what rests on other prices than are known now.": (
        "已结算部分中，仅显示所依据价格已被更正的月份。"
    ),
    "Prices by the period (CNY/kWh), and what is settled on them (CNY)": (
        "分时段价格（元/千瓦时）及按其结算的月份（元）"
    ),
}
