"""The texts of the inbox and the diary in Chinese, by their English; `words.py` has those of all other pages.

TO_DO   English -> Chinese
"""

from collections.abc import Mapping

TO_DO: Mapping[str, str] = {
    # The inbox
    "Inbox": "待办",
    "Recorded.": "已记录。",
    "This is not recorded": "未记录",
    "What somebody proposed and somebody else decides on, the oldest first. Nobody approves their own.": (
        "由一人提出、另一人决定的事项，最早的在前。任何人不得审批自己提出的事项。"
    ),
    "As a report": "以报表形式",
    "{days} days ago": "{days} 天前",
    "days waiting": "等待天数",
    "Nothing is decided in a view of another day.": "其他日期的视图中不能作出决定。",
    "It is your own: somebody else decides.": "这是您提出的：由他人决定。",
    "It is your own: somebody else approves it.": "这是您提出的：由他人审批。",
    "These roles decide:": "由以下角色决定：",
    "Look at its effect": "查看其影响",
    "It is agreed to with a document: fill it in there.": "同意时须附文件：请在该处填写。",
    "Approve": "批准",
    "Turn down": "驳回",
    "Reason": "理由",
    "The same over HTTP and on the command line": "通过 HTTP 与命令行的相同操作",
    "The form is not whole: reload the page.": "表单不完整：请刷新页面。",
}
