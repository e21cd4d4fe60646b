"""What this floor holds of a customer."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.erasure.registry import Person, Rows, after_all, before_all, leave_alone, register
from customers.models import BulkJob, JobKind, JobState
from customers.personal import PERSONAL

_HERS: Final = "t.customer_id = ANY(%(ids)s)"
_MERGES: Final = (
    "SELECT id FROM customers_merge WHERE kept_id = ANY(%(ids)s) OR other_id = ANY(%(ids)s)"
)
# The name of a property as `is_personal_name` reads it. "%%": these texts have parameters.
_NAME: Final = (
    r"lower(regexp_replace(regexp_replace(p.key, '([a-z0-9])([A-Z])', '\1_\2', 'g'),"
    r" '[\s.-]+', '_', 'g'))"
)
# Of the properties of an event stay amounts, yes and no, and the numbers of our own things. A text
# may say anything, and a whole number of eight digits may be somebody's.
_KEPT: Final = f"""
coalesce((
    SELECT jsonb_object_agg(p.key, p.value) FROM jsonb_each(t.properties) p
    WHERE CASE jsonb_typeof(p.value)
        WHEN 'boolean' THEN true
        WHEN 'number' THEN p.value::text <> ALL(%(digits)s) AND (
            p.key IN ('message_id', 'journey_id', 'campaign_id', 'content_id')
            OR abs(p.value::numeric) < 10000000 OR p.value::numeric <> trunc(p.value::numeric))
        WHEN 'string' THEN p.key = 'currency' AND p.value #>> '{{}}' ~ '^[A-Z]{{3}}$'
        ELSE false END
      AND NOT coalesce((SELECT (y.personal ->> p.key)::boolean FROM customers_eventtype y
                        WHERE y.id = t.event_type_id), {_NAME} ~ '{PERSONAL}')
), '{{}}'::jsonb)
"""
_IN_FILE: Final = (
    "(lower(t.row::text || t.text) LIKE ANY(%(patterns)s)"
    r" OR regexp_replace(t.row::text || t.text, '\D', '', 'g') LIKE ANY(%(number_patterns)s)"
    " OR EXISTS (SELECT 1 FROM jsonb_array_elements_text(t.row) c (cell)"
    " WHERE lower(trim(c.cell)) = ANY(%(values)s)))"
)
_IN_TRIAL: Final = (
    "lower(t.result::text || t.problems::text) LIKE ANY(%(patterns)s)"
    r" OR regexp_replace(t.result::text, '\D', '', 'g') LIKE ANY(%(number_patterns)s)"
)
_ASIDE: Final = (
    "lower(t.item::text) LIKE ANY(%(patterns)s)"
    r" OR regexp_replace(t.item::text, '\D', '', 'g') LIKE ANY(%(number_patterns)s)"
    " OR EXISTS (SELECT 1 FROM jsonb_array_elements(t.item -> 'identities') i (one)"
    " WHERE lower(i.one ->> 1) = ANY(%(values)s))"
)
_REFUSED: Final = (
    "lower(t.{text}) LIKE ANY(%(patterns)s)"
    r" OR regexp_replace(t.{text}, '\D', '', 'g') LIKE ANY(%(number_patterns)s)"
)
# Answers quote what was wrong with a value; they are UTF-8, JSON or YAML.
_ANSWERED: Final = _REFUSED.format(text="body").replace("t.body", "convert_from(t.body, 'UTF8')")
# Who stands in a file is known from the parts of its job, which are kept as long as the file is.
_IN_EXPORT: Final = (
    "t.kind = 'export' AND (t.expires_at IS NULL OR t.expires_at > %(now)s) AND EXISTS"
    " (SELECT 1 FROM customers_bulkpart p"
    " WHERE p.job_id = t.id AND p.customer_ids && %(ids)s::bigint[])"
)

ROWS: Final = [
    Rows("customers_identity", _("identities"), _HERS),
    Rows("customers_customertag", _("tags"), _HERS),
    Rows("customers_tagchange", _("changes of tags"), _HERS, "value = ''"),
    Rows("customers_tagmark", _("marks of samples"), _HERS, "value = ''"),
    Rows("customers_consent", _("consents"), _HERS),
    Rows("customers_consentchange", _("changes of consents"), _HERS, "wording = '', proof = '{}'"),
    Rows("customers_segmentmember", _("memberships in segments"), _HERS),
    Rows("customers_event", _("events"), _HERS, f"properties = {_KEPT}"),
    Rows("customers_mergerow", _("what merges wrote down"), f"t.merge_id IN ({_MERGES})"),
    Rows("customers_merge", _("merges"), f"t.id IN ({_MERGES})", "note = ''"),
    Rows(
        "customers_mergereview", _("pairs to be decided"),
        "t.one_id = ANY(%(ids)s) OR t.two_id = ANY(%(ids)s)",
    ),
    Rows("customers_disclosure", _("disclosures"), _HERS, "note = ''"),
    Rows("customers_importrefusal", _("refused rows of files"), _IN_FILE, "row = '[]', text = '–'"),
    Rows(
        "customers_import", _("problems of imports"),
        "t.problem <> '' AND lower(t.problem) LIKE ANY(%(patterns)s)", "problem = '–'",
    ),
    Rows(
        "customers_importtrial", _("trials of imports"), _IN_TRIAL,
        "result = '{}', problems = '[]', state = 'stopped'",
    ),
    Rows("customers_quarantineditem", _("items set aside"), _ASIDE),
    Rows(
        "customers_refusedfact", _("what was refused"), _REFUSED.format(text="text"),
        "text = '–'",
    ),
    Rows("customers_answeredcall", _("answers for calls that are sent again"), _ANSWERED),
    # A text may say anything, and an example is soon followed by another one.
    Rows("customers_eventbreach", _("examples of what was wrong"), "t.sample <> ''", "sample = ''"),
    Rows("customers_bulkjob", _("files of exports"), _IN_EXPORT, "size = 0, expires_at = %(now)s"),
    Rows("customers_namekey", _("keys by which the name is found"), _HERS),
    Rows(
        "customers_customer", _("customer: name, attributes, language, time zone"),
        "t.id = ANY(%(ids)s)",
        "display_name = '', sort_key = '', language = '', timezone = '', is_known = false,"
        " attributes = '{}', provenance = '{}',"
        " erased_at = %(now)s",
    ),
    Rows("customers_sighting", _("when she was last seen"), _HERS, "at = NULL"),
    Rows("customers_nametokey", _("names that wait for their keys"), _HERS),
]  # fmt: skip


def shrink_segments(cursor: Any, person: Person) -> None:
    """Sizes count her no more; the next build would find the same."""
    cursor.execute(
        "UPDATE customers_segment s SET size = greatest(s.size - gone.n, 0) FROM"
        " (SELECT segment_id, count(*) AS n FROM customers_segmentmember"
        "  WHERE customer_id = ANY(%(ids)s) GROUP BY 1) AS gone WHERE gone.segment_id = s.id",
        person.params,
    )


def forget_names(cursor: Any, person: Person) -> None:
    """Emptying a name is noted as a change of name; there is nothing left to make keys of."""
    cursor.execute("DELETE FROM customers_nametokey WHERE customer_id = ANY(%s)", [person.ids])


def end_exports(cursor: Any, person: Person) -> None:
    """Files in which she stands go, and what is still being written is given up."""
    mine = BulkJob.objects.filter(
        kind=JobKind.EXPORT, expires_at=person.now, parts__customer_ids__overlap=person.ids
    )
    for job in BulkJob.objects.filter(pk__in=mine.values("pk")).select_for_update():
        with translation.override(job.options.get("language")):
            problem = gettext("A customer in this file was erased. Export again for a new one.")
        BulkJob.objects.filter(pk=job.pk).update(
            state=JobState.FAILED, problem=problem, files=[], runner=""
        )
        transaction.on_commit(partial(_delete, job.files))


def _delete(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)


def set_up() -> None:
    """Register what this floor holds."""
    register("customers", ROWS)
    before_all("segments", shrink_segments)
    after_all("names", forget_names)
    after_all("exports", end_exports)
    leave_alone(
        customers_erasure="the certificate itself, which holds no personal data",
        customers_tagdirty="numbers of customers to look at again, nothing of them",
        customers_bitchange="numbers of customers to look at again, nothing of them",
        customers_bitdue="numbers of customers to look at again, nothing of them",
        customers_bitlate="numbers of customers to look at again, nothing of them",
    )
