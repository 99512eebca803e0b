"""Makes the typed commands and the names of the reports from the OpenAPI document.

    python -m api.client.making docs/openapi.json

made    the document -> {file: its text}; what is written here is put in the form of the house by the formatter
write   the files of this package, made anew

A command is a Struct of its own, in the file of its group; what commands hold stands in `parts.py`, and of deals
in `terms.py`.
"""

import json
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

Schema = Mapping[str, Any]
HERE = Path(__file__).parent
REF = "#/components/schemas/"
WIDE = 110
TYPES = {"string": "str", "integer": "int", "boolean": "bool", "number": "float", "object": "dict[str, Any]"}
FORMATS = {"date": "date", "date-time": "datetime"}
MADE = "Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`."
DEALS = {"investment", "leases", "offtake", "orders"}
"""Groups whose commands alone hold what stands in `terms.py`."""
COMMAND = '''class Command(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="command"):
    """A command: what somebody asks for. Its tag is its name."""
'''


def made(document: Mapping[str, Any]) -> dict[str, str]:
    """Write every file, by its name in this package."""
    schemas: Mapping[str, Schema] = document["components"]["schemas"]
    group_of = {
        operation["operationId"]: operation["tags"][0]
        for methods in document["paths"].values()
        for verb, operation in methods.items()
        if verb == "post"
    }
    by_group: dict[str, list[str]] = {}
    for name in _named(schemas["KeyedCommand"]["properties"]["command"]):
        by_group.setdefault(group_of[_tag(schemas[name])[1]], []).append(name)
    home = _homes(by_group, schemas)
    files = {
        f"subjects/{group}.py": _file(f"Commands: {group}.", names, schemas, home, "Command")
        for group, names in sorted(by_group.items())
    }
    for file, title in (("terms", "Terms that deals are agreed on."), ("parts", "Parts of commands of several kinds.")):
        names = [name for name in home if home[name] == file]
        files[f"{file}.py"] = _file(title, names, schemas, home, "Struct")
    files["parts.py"] = files["parts.py"].replace("\n\n\nclass ", f"\n\n\n{COMMAND}\n\nclass ", 1)
    files["subjects/__init__.py"] = _contents(by_group)
    return files | {"reports.py": _reports(document["paths"])}


def _named(schema: Any) -> Iterator[str]:
    """The names of the schemas that a schema names, in order."""
    for name in re.findall(rf'"\$ref": "{REF}(\w+)"', json.dumps(schema)):
        yield str(name)


def _tag(schema: Schema) -> tuple[str, str] | tuple[None, None]:
    """The field that says which Struct it is, and what it says; neither where there is none."""
    for name, field in schema["properties"].items():
        if name in schema["required"] and len(field.get("enum", ())) == 1:
            return name, field["enum"][0]
    return None, None


def _homes(by_group: Mapping[str, list[str]], schemas: Mapping[str, Schema]) -> dict[str, str]:
    """The file of each part that commands hold, each after what it holds itself."""
    used: dict[str, set[str]] = {}
    for group, names in by_group.items():
        ahead = [part for name in names for part in _named(schemas[name])]
        while ahead:
            name = ahead.pop()
            if group not in used.setdefault(name, set()):
                used[name].add(group)
                ahead += _named(schemas[name])
    order = TopologicalSorter({name: sorted(set(_named(schemas[name]))) for name in sorted(used)}).static_order()
    return {name: "terms" if used[name] <= DEALS else "parts" for name in order}


def _file(title: str, names: list[str], schemas: Mapping[str, Schema], home: Mapping[str, str], parent: str) -> str:
    """A file of Structs, with what it imports."""
    body = "\n\n".join(_struct(name, schemas[name], parent) for name in names)
    imports = []
    if used := [name for name in ("date", "datetime") if re.search(rf"\b{name}\b", _annotations(body))]:
        imports.append(f"from datetime import {', '.join(used)}")
    if "Literal[" in body:
        imports.append("from typing import Literal")
    if "Any]" in _annotations(body):
        imports[-1:] = [imports[-1].replace("typing import ", "typing import Any, ")]
    imports.append("\nfrom msgspec import Struct\n" if parent == "Struct" else "")
    named = {part for name in names for part in _named(schemas[name])} - set(names)
    for file in ("parts", "terms"):
        wanted = sorted(
            {part for part in named if home[part] == file} | ({parent} & {"Command"} if file == "parts" else set())
        )
        if wanted:
            imports.append(f"from api.client.{file} import {', '.join(wanted)}")
    return f'"""{title}\n\n{MADE}\n"""\n\n' + "\n".join(imports) + f"\n\n\n{body}"


def _annotations(body: str) -> str:
    return "\n".join(line.partition(":")[2] for line in body.splitlines() if re.match(r"    \w+: ", line))


def _struct(name: str, schema: Schema, parent: str) -> str:
    """One class: its documentation and its fields, those that are needed first as they are in the document."""
    field, tag = _tag(schema)
    kind = ["frozen=True", "kw_only=True"]
    if parent == "Struct":
        kind.append("omit_defaults=True")
        if field is not None:
            kind += [f'tag_field="{field}"']
    if field is not None:
        kind += [f'tag="{tag}"']
    lines = [f"class {name}({parent}, {', '.join(kind)}):", *_documented(schema.get("description", name))]
    for one, said in schema["properties"].items():
        if one != field:
            default = "" if one in schema["required"] else f" = {_default(said)}"
            lines.append(f"    {one}: {_type(said)}{default}")
    return "\n".join(lines) + "\n"


def _documented(words: str) -> list[str]:
    """A docstring, its lines as they are, the long ones folded."""
    written = textwrap.dedent("    " + words.replace("\\", "\\\\").replace('"""', "'''")).splitlines()
    folded = [part for line in written for part in (_folded(line.rstrip()) or [""])]
    folded[0] = f'"""{folded[0].strip()}'
    tail = '"""' if len(folded) == 1 else ""
    lines = [f"    {line}".rstrip() for line in folded]
    return [lines[0] + tail] if tail else [*lines, '    """', ""]


def _folded(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 4 * line.startswith(" "))
    return textwrap.wrap(line, WIDE, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _type(schema: Schema) -> str:
    """The type of a field, as Python writes it."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(REF)
    if "anyOf" in schema:
        kinds = [_type(one) for one in schema["anyOf"]]
        return " | ".join(dict.fromkeys(kinds))
    if "enum" in schema:
        return f"Literal[{', '.join(_written(one) for one in schema['enum'])}]"
    if "prefixItems" in schema:
        return f"tuple[{', '.join(map(_type, schema['prefixItems']))}]"
    match schema["type"]:
        case "array":
            return f"tuple[{_type(schema['items'])}, ...]"
        case "null":
            return "None"
        case "string":
            return FORMATS.get(schema.get("format", ""), "str")
    return TYPES[schema["type"]]


def _default(schema: Schema) -> str:
    value = schema["default"]
    if not isinstance(value, list):
        return _written(value)
    name = str(schema["items"].get("$ref", "")).removeprefix(REF)
    each = (
        f"{name}({', '.join(f'{key}={_written(said)}' for key, said in one.items())})" if name else _written(one)
        for one in value
    )
    return f"({''.join(f'{one},' for one in each)})"


def _written(value: Any) -> str:
    """A value as Python writes it, texts in double quotes."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _contents(by_group: Mapping[str, list[str]]) -> str:
    files = "\n".join(f"{f'{group}.py':<15}{len(names)} commands" for group, names in sorted(by_group.items()))
    return f'"""Every command as a Struct, a file a group.\n\n{MADE}\n\n{files}\n"""\n'


def _reports(paths: Mapping[str, Any]) -> str:
    """The addresses of the reports and lists, by name: every question that is also answered as a table."""
    found = {
        re.sub(r"^/v1/(reports/)?", "", path): path
        for path, methods in paths.items()
        if "get" in methods and f"{path}.csv" in paths and "{" not in path
    }
    names = ", ".join(f'"{name}"' for name in sorted(found))
    table = ", ".join(f'"{name}": "{found[name]}"' for name in sorted(found))
    return (
        f'"""Names of the reports and lists. {MADE}\n\nReportName   every name\nPATHS        where each is\n"""\n\n'
        "from collections.abc import Mapping\nfrom typing import Literal\n\n"
        f"ReportName = Literal[{names},]\nPATHS: Mapping[ReportName, str] = {{{table},}}\n"
    )


def write(document: Mapping[str, Any]) -> None:
    """Write the files of this package anew."""
    for name, text in made(document).items():
        (HERE / name).write_text(text)


if __name__ == "__main__":
    write(json.loads(Path(sys.argv[1]).read_text()))
