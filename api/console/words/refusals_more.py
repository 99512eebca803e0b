"""More of what refusals mean, in Chinese, by their codes: those of companies' steps and people."""

MORE: dict[str, str] = {
    "company-named": "已有记录提到该公司",
    "company-step-not-latest": "有后续步骤以此为依据，须先撤回后续步骤",
    "company-step-unknown": "该公司没有这一有效步骤，或有多个",
    "contact-erased": "该编号的联系人信息已删除，编号不再使用",
    "contact-stays": "联系人只能删除，不能撤回；删除不可恢复",
    "contact-unknown": "该公司没有这一编号的联系人",
    "contact-unsealed": "没有存放个人信息密钥之处，不予明文记录",
}
