"""Machines that open messages: what fetches a picture before, or instead of, a person.

Told by the user agent, by rules that mail providers have made known. Whoever serves the picture
of an open and whoever reads a provider's report asks here.
"""

from __future__ import annotations

import re
from typing import Final

# In this order; the first that fits is the machine.
RULES: Final = (
    # Apple's Mail Privacy Protection fetches every picture through a proxy that says only this.
    ("apple_mail_privacy", re.compile(r"^\s*Mozilla/5\.0\s*$")),
    ("google_image_proxy", re.compile(r"GoogleImageProxy|via ggpht\.com", re.IGNORECASE)),
    ("yahoo_mail_proxy", re.compile(r"YahooMailProxy|YahooCacheSystem", re.IGNORECASE)),
    ("scanner", re.compile(r"barracuda|proofpoint|mimecast|safelinks|symantec|trendmicro"
                           r"|fortimail|bitdefender", re.IGNORECASE)),
    ("robot", re.compile(r"\b(bot|crawler|spider|curl|wget|python-requests|python-urllib|okhttp"
                         r"|go-http-client|headlesschrome)\b", re.IGNORECASE)),
)  # fmt: skip


def machine_of(user_agent: str) -> str:
    """Which machine this is, such as "apple_mail_privacy"; empty for a person's program."""
    return next((name for name, rule in RULES if rule.search(user_agent)), "")
