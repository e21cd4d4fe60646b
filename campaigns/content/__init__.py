"""Content: what a message says. Liquid templates, rendered safely for any number of customers.

`render` makes the text for one recipient out of a compiled version; `preview` does it for a page;
`problems_of` checks a text before it is kept.
"""

from campaigns.content.check import problems_of
from campaigns.content.compiled import Compiled, compiled_versions
from campaigns.content.preview import Preview, preview
from campaigns.content.recipient import Recipient
from campaigns.content.render import Rendered, TextFault, render

__all__ = [
    "Compiled",
    "Preview",
    "Recipient",
    "Rendered",
    "TextFault",
    "compiled_versions",
    "preview",
    "problems_of",
    "render",
]
