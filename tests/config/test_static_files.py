import re
from pathlib import Path

from django.core.files.base import ContentFile

from config.places import BASE_DIR
from config.static_files import ManifestStorage


def test_names_carry_hashes_and_source_maps_are_left_alone(tmp_path: Path) -> None:
    storage = ManifestStorage(location=tmp_path, base_url="/static/")
    files = {
        "lib.js": "let a = 1;\n//# sourceMappingURL=lib.js.map",
        "part.js": "export const part = 2;",
        "app.js": 'import { part } from "./part.js";\nconsole.log(part);',
        "look.css": "a { background: url(dot.svg) }\n/*# sourceMappingURL=look.css.map */",
        "dot.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
    }
    for name, content in files.items():
        storage.save(name, ContentFile(content.encode()))
    outcome = list(storage.post_process({name: (storage, name) for name in files}))
    assert not [error for *_, error in outcome if isinstance(error, Exception)]
    app = (tmp_path / storage.stored_name("app.js")).read_text()
    assert storage.stored_name("part.js") in app
    assert storage.stored_name("part.js") != "part.js"
    look = (tmp_path / storage.stored_name("look.css")).read_text()
    assert storage.stored_name("dot.svg") in look
    assert "sourceMappingURL=lib.js.map" in (tmp_path / storage.stored_name("lib.js")).read_text()


NAMED = re.compile(r"""(?:from\s*|import\s*\(?\s*)["'](\.[^"']+)["']""")


def test_no_two_scripts_name_each_other() -> None:
    """A script's name is made of what it holds, names of others with it: a circle has no end."""
    scripts = BASE_DIR / "static" / "js"
    named = {
        script: [(script.parent / each).resolve() for each in NAMED.findall(script.read_text())]
        for script in scripts.rglob("*.js")
    }
    left = dict(named)
    # Whoever names none of those that are left can be named: in the end that is everybody.
    while ready := [script for script, others in left.items() if not left.keys() & set(others)]:
        for script in ready:
            del left[script]
    assert sorted(script.relative_to(scripts).as_posix() for script in left) == []


def test_a_long_chain_of_scripts_gets_its_names(tmp_path: Path) -> None:
    """The longest chain of ours and half as much again: each link takes a pass."""
    storage = ManifestStorage(location=tmp_path, base_url="/static/")
    names = [f"{n:02}.js" for n in range(18)]
    for name, following in zip(names, [*names[1:], None], strict=True):
        text = f'import "./{following}";' if following else "export const end = 1;"
        storage.save(name, ContentFile(text.encode()))
    outcome = list(storage.post_process({name: (storage, name) for name in names}))
    assert not [error for *_, error in outcome if isinstance(error, Exception)]
    assert storage.stored_name("01.js") in (tmp_path / storage.stored_name("00.js")).read_text()
