"""The issue a new newsletter begins with: short, true to the product, and meant to be rewritten."""

from datetime import date

_ENGLISH = """\
+++
title = "Hello"
date = {date}
description = "Who writes here, and what you can expect."
+++

Dear {{{{ subscriber.name or "reader" }}}},

this is the first issue. Three things to know before you write the next one:

- An issue is a Markdown file in the folder `issues`. What stands between the `+++` lines is
  about the issue: its title, its date, and the line that mail clients show below the subject.
- A personal field such as the one in the greeting is filled in for each subscriber. The word after
  `or` is used where nothing is known.
- Every issue ends with a link to unsubscribe. You need not write one.

You find older issues on [our pages]({base_url}).

Until next time!
"""

_KOREAN = """\
+++
title = "첫인사"
date = {date}
description = "누가 쓰고, 앞으로 무엇을 보내 드리는지 알려 드립니다."
+++

{{{{ subscriber.name or "독자" }}}}님, 안녕하세요.

첫 번째 소식입니다. 다음 호를 쓰기 전에 세 가지만 알아 두세요.

- 한 호는 `issues` 폴더에 있는 마크다운 파일 하나입니다. `+++` 사이에는 제목과 날짜,
  그리고 메일함에서 제목 아래에 보이는 한 줄을 적습니다.
- 인사말의 이름처럼 받는 사람마다 달라지는 자리는 보낼 때 채워집니다.
  이름을 모르면 `or` 뒤의 말이 들어갑니다.
- 수신을 끊는 링크는 모든 호의 끝에 저절로 붙습니다.

지난 소식은 [홈페이지]({base_url})에서 볼 수 있습니다.

다음 호에서 뵙겠습니다!
"""


def build_first_issue(*, language: str, issued_on: date, base_url: str) -> str:
    """Write the first issue, in Korean for a Korean newsletter and in English for any other."""
    text = _KOREAN if language.partition("-")[0] == "ko" else _ENGLISH
    return text.format(date=issued_on.isoformat(), base_url=base_url)
