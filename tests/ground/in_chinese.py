"""English words on a page in Chinese.

untold   those that are the desk's own
"""

import html
import re


def untold(page: str, recorded: str) -> list[str]:
    """Find English words of the desk itself, which nobody typed and no mark explains; and texts without Chinese."""
    page = re.sub(r'<(code|pre)\b.*?</\1>|<(\w+)[^>]* lang="en"[^>]*>.*?</\2>', " ", page, flags=re.S)
    said = html.unescape(re.sub("<[^>]*>", "\n", page))
    words = [words for words in re.findall("[A-Za-z]+(?: [a-z]+){3,}", said) if words not in recorded]
    return [*words, *re.findall("⟦[^⟧]*⟧", said)]
