"""What Adplane sends to TikTok, by the lists of TikTok's official client.

    requests_tiktok.py RECORD...

Each RECORD is a file of `adplane sandbox --record`. Every path must be one that the client calls with the same method;
every parameter must be one that the client's method takes, every member of a body one of the client's model, of the
declared type. The client types no answers, so those are not looked at.
"""

import collections
import importlib
import inspect
import json
import pathlib
import pkgutil
import re
import sys
from importlib.metadata import version

import business_api_client.api
import business_api_client.models as models

from steps import Steps

# Calls and members that the vendor's reference has and this release of its client does not, with the page's name.
NEWER_PATHS = {
    "/adgroup/budget/update/": "Update the budgets of ad groups",
    "/smart_plus/adgroup/budget/update/": "Update the budgets of Upgraded Smart+ Ad Groups",
    "/file/image/ad/search/": "Search for images",
    "/changelog/task/create/": "Create a change log task",
    "/changelog/task/check/": "Get the status of a change log task",
    "/changelog/task/download/": "Download a change log",
}
NEWER_MEMBERS = {
    "SmartPlusAdCreateBodyAdConfiguration.creative_auto_add_toggle": "Create an Upgraded Smart+ Ad",
    "SmartPlusAdCreateBodyAdConfiguration.creative_auto_enhancement_strategy_list": "Create an Upgraded Smart+ Ad",
    "SmartPlusAdUpdateBodyAdConfiguration.creative_auto_add_toggle": "Update an Upgraded Smart+ Ad",
    "SmartPlusAdUpdateBodyAdConfiguration.creative_auto_enhancement_strategy_list": "Update an Upgraded Smart+ Ad",
}


class Problem(Exception):
    """What is wrong with a request."""


def methods():
    """Every call of the client by HTTP method and path: its parameters and the model of its body."""
    found = {}
    for module in pkgutil.iter_modules(business_api_client.api.__path__):
        module = importlib.import_module(f"business_api_client.api.{module.name}")
        for _, kind in inspect.getmembers(module, inspect.isclass):
            for name, function in inspect.getmembers(kind, inspect.isfunction):
                if not name.endswith("_with_http_info"):
                    continue
                source = inspect.getsource(function)
                call = re.search(r"'/open_api/v1\.3(/[^']*)', '(GET|POST)'", source)
                if not call:
                    continue
                params = re.findall(r"'(\w+)'", re.search(r"all_params = \[(.*?)\]", source)[1])
                types = dict((name, kind) for kind, name in re.findall(r":param (\S+) (\w+):", source))
                key = (call[2], call[1])
                known = found.setdefault(key, {})
                known.update({param: types.get(param, "object") for param in params})
    return found


def model(name):
    return getattr(models, name, None)


def check_value(declared, value, place):
    """Follows a declared type such as `list[AdcreateCreatives]` into a value."""
    inner = re.fullmatch(r"list\[(.*)\]", declared)
    if inner:
        if not isinstance(value, list):
            raise Problem(f"`{place}` is not a list")
        for each in value:
            check_value(inner[1], each, place)
        return
    kind = model(declared)
    if kind is not None:
        check_members(kind, value, place)
        return
    fits = {
        "str": lambda: isinstance(value, str),
        "bool": lambda: isinstance(value, bool),
        "int": lambda: isinstance(value, int) and not isinstance(value, bool),
        "float": lambda: isinstance(value, (int, float)) and not isinstance(value, bool),
    }.get(declared)
    if fits and not fits():
        raise Problem(f"`{place}` is {value!r}, not {declared}")


def check_members(kind, value, place):
    if not isinstance(value, dict):
        raise Problem(f"`{place}` is not an object")
    types = {kind.attribute_map[name]: declared for name, declared in kind.swagger_types.items()}
    for name, part in value.items():
        if f"{kind.__name__}.{name}" in NEWER_MEMBERS:
            continue
        if name not in types:
            raise Problem(f"`{place}.{name}`: {kind.__name__} has no such member")
        check_value(types[name], part, f"{place}.{name}")


def decoded(value, declared):
    """A query's text as the client would hold it."""
    if declared in ("int", "float"):
        return int(value)
    if declared == "bool":
        if value.lower() not in ("true", "false"):
            raise Problem(f"{value!r} is not a boolean")
        return value.lower() == "true"
    return json.loads(value) if declared != "str" and value[:1] in "[{" else value


def check(known, exchange):
    path = exchange["path"].removeprefix("/open_api/v1.3")
    if path in NEWER_PATHS:
        return f"{path} (not in the client: \"{NEWER_PATHS[path]}\")"
    call = known.get((exchange["method"], path))
    if call is None:
        raise Problem(f"the client does not call {exchange['method']} {path}")
    body = exchange["request"]
    if isinstance(body, dict):
        if "body" not in call:
            raise Problem("the client sends no JSON here")
        check_value(call["body"], body, "body")
    pairs = list(exchange["query"]) + (body if isinstance(body, list) else [])
    for name, value in pairs:
        if name not in call:
            raise Problem(f"`{name}` is not a parameter of this call")
        if isinstance(value, str):
            check_value(call[name], decoded(value, call[name]), name)
    return path


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    print(f"tiktok-business-api-sdk-official {version('tiktok-business-api-sdk-official')}")
    steps, counts, known = Steps(), collections.Counter(), methods()
    for record in sys.argv[1:]:
        with open(record, encoding="utf-8") as lines:
            exchanges = [json.loads(line) for line in lines]
        ours = (each for each in exchanges if each["path"].startswith("/open_api/") and each["status"] != 404)
        for exchange in ours:
            # Facts send what is wrong on purpose, to be refused.
            refused = isinstance(exchange["response"], dict) and exchange["response"].get("code") != 0
            if pathlib.Path(record).stem.startswith("facts") and refused:
                continue
            try:
                counts[f"{exchange['method']} {check(known, exchange)}"] += 1
            except Problem as problem:
                steps.fail(f"{pathlib.Path(record).stem} exchange {exchange['seq']} {exchange['method']} {exchange['path']}", problem)
    for name, number in sorted(counts.items()):
        steps.ok(f"{name} x{number}")
    steps.end(f"{sum(counts.values())} requests by the client's own lists")


if __name__ == "__main__":
    main()
