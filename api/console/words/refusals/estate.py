"""Refusals of parcels, buildings and units, in Chinese, by code."""

ESTATE: dict[str, str] = {
    "area-exceeds": "各部分面积之和大于整体面积",
    "area-missing": "面积不得为 0.00 平方米",
    "area-not-conserved": "各部分面积之和不等于整体面积",
    "before-defined": "生效日期不得早于该事物的设立日期",
    "building-state-forbids": "楼宇的当前状态不允许此步骤",
    "building-unknown": "没有该楼宇",
    "buildings-differ": "不同楼宇的单元不能合并",
    "estate-name-taken": "该编号已被其他园区、地块、楼宇或单元使用，或重复给出",
    "estate-step-not-latest": "有其他有效记录以此为依据",
    "estate-step-unknown": "没有恰好涉及这些事物的有效步骤",
    "outline-malformed": "轮廓不是地图上的多边形",
    "parcel-unknown": "没有该地块",
    "reservation-reversed": "保留先止后起",
    "site-unknown": "没有该园区",
    "standard-differs": "不同测量标准的面积不能相加",
    "step-too-early": "步骤的生效日期不得早于前一步骤",
    "unit-gone": "该单元已拆分、合并或停用",
    "unit-held": "该单元已出租",
    "unit-state-forbids": "单元的当前状态不允许此步骤",
    "unit-unknown": "没有该单元",
}
