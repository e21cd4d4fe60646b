"""Static files in production: compressed, with a hash of the content in their names."""

from typing import Any, Final

from whitenoise.storage import CompressedManifestStaticFilesStorage

_SOURCE_MAP: Final = "sourceMappingURL"


def _without_source_maps(patterns: Any) -> Any:
    kept = []
    for extension, rules in patterns:
        rest = tuple(
            rule
            for rule in rules
            if _SOURCE_MAP not in (rule if isinstance(rule, str) else rule[0])
        )
        if rest:
            kept.append((extension, rest))
    return tuple(kept)


class ManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Follows `@import`, `url()` and module imports, but not source maps, which nobody ships."""

    support_js_module_import_aggregation = True
    patterns = _without_source_maps(CompressedManifestStaticFilesStorage.patterns)
