"""The desk's addresses."""

from typing import Final

from starlette.routing import BaseRoute

from newsletter.web.desk import issues, people, records, sign_in

ROUTES: Final[list[BaseRoute]] = [
    *sign_in.ROUTES,
    *issues.ROUTES,
    *people.ROUTES,
    *records.ROUTES,
]
