"""Static files in production: compressed, with a hash of the content in their names."""

from typing import Any, Final

from whitenoise.storage import CompressedManifestStaticFilesStorage as Base

_SOURCE_MAP: Final = "sourceMappingURL"
_DYNAMIC_IMPORT: Final = r"import\("
_MODULE_IMPORTS: Final = Base._js_module_import_aggregation_patterns[1]


def _without_source_maps(patterns: Any) -> Any:
    """Leave out the rules (a text, or a pair of pattern and template) that name source maps."""
    kept = [
        (extension, tuple(rule for rule in rules if _SOURCE_MAP not in str(rule)))
        for extension, rules in patterns
    ]
    return tuple((extension, rules) for extension, rules in kept if rules)


class ManifestStorage(Base):  # type: ignore[misc]
    """Follows `@import`, `url()` and module imports, but not source maps, which nobody ships."""

    support_js_module_import_aggregation = True
    # One pass for each link in a chain of scripts that import each other; Django's five are few.
    max_post_process_passes = 25
    patterns = _without_source_maps(Base.patterns)
    # `import("…")` stands in type comments far more often than in code; that file needn't exist.
    _js_module_import_aggregation_patterns = (
        "*.js",
        tuple(rule for rule in _MODULE_IMPORTS if _DYNAMIC_IMPORT not in rule[0]),
    )
