"""What is wrong with a text, said before it is kept."""

from __future__ import annotations

from django.utils.translation import gettext as _
from liquid.exceptions import LiquidError

from campaigns.channels import channel
from campaigns.consents.pages import PLACES
from campaigns.content.blocks import BlockMissing, Blocks, blocks_of
from campaigns.content.compiled import NONE, PARTS
from campaigns.content.liquid import LONGEST_SOURCE, environment
from campaigns.content.mjml import MjmlUnreadable, is_mjml, to_html
from campaigns.content.render import said
from campaigns.models import ContentBlock

ROOTS = {"customer", "event", "journey", "brand", "vars", *PLACES}


def problems_of(
    channel_code: str, parts: dict[str, str], *, blocks: Blocks = NONE, language: str = ""
) -> list[tuple[str, str]]:
    """(part, sentence) for everything wrong with the templates of one language."""
    found = []
    taken = channel(channel_code).parts
    for part in PARTS:
        source = parts.get(part, "")
        if not source:
            continue
        if part not in taken:
            found.append((part, _("This channel takes no such part. Leave it empty.")))
        elif len(source) > LONGEST_SOURCE:
            found.append((part, _("This is longer than any message may be.")))
        elif part == "subject" and ("\n" in source or "\r" in source):
            found.append((part, _("A subject is one line.")))
        else:
            problems = _template_problems(source, part, blocks, language)
            found += [(part, problem) for problem in problems]
    html = parts.get("html", "").strip() if "html" in taken else ""
    if not parts.get("body", "").strip() and not html:
        found.append(("body", _("A message needs a text.")))
    if "subject" in taken and not parts.get("subject", "").strip():
        found.append(("subject", _("A message of this channel needs a subject.")))
    return found


def problems_of_block(block: ContentBlock) -> list[str]:
    """What is wrong with a block as it would be put in, beside those that the brand has."""
    known = dict(blocks_of([block.brand_id]).get(block.brand_id, NONE).by_name)
    known[block.code, block.language] = block.source
    blocks = Blocks(known)
    found = []
    for code, language in known:
        try:
            whole = blocks.put_in(f'{{% include "{code}" %}}', language)
            if (code, language) == (block.code, block.language):
                environment(html=True, lenient=False).from_string(whole)
        except BlockMissing as error:
            found.append(str(error))
        except LiquidError as error:
            found.append(_("The template can't be read: %(error)s") % {"error": said(error)})
    return list(dict.fromkeys(found))


# helpers


def _template_problems(source: str, part: str, blocks: Blocks, language: str) -> list[str]:
    try:
        source = blocks.put_in(source, language)
        if part == "html" and is_mjml(source):
            source = to_html(source)
        template = environment(html=part == "html", lenient=False).from_string(source)
        unknown = sorted(set(template.global_variables()) - ROOTS)
    except (MjmlUnreadable, BlockMissing) as error:
        return [str(error)]
    except LiquidError as error:
        return [_("The template can't be read: %(error)s") % {"error": said(error)}]
    return [
        _("“%(name)s” is not known here. A text may use customer, event, journey and brand.")
        % {"name": name}
        for name in unknown
    ]
