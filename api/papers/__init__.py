"""What is handed over: a closed month as one workbook, and the papers that tenants and buyers get. In reading order:

closing.py      every report of a closed month in one workbook
"""
