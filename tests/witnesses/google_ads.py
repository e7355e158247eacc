"""Google's own message types read every recorded exchange with the Google emulator, strictly.

    google_ads.py RECORD...

Each RECORD is a file of `adplane sandbox --record`. Requests are what Adplane sends, responses what the emulator
answers; both must parse into the messages of the official client with no unknown field, no unknown enum value and no
wrong type. Beyond what the parser demands: answers are in the canonical JSON form (lowerCamelCase names, 64-bit
integers as texts, enum values by name, no null), masks and queries name fields that exist.
"""

import collections
import importlib
import json
import pathlib
import pkgutil
import re
import sys

from google.protobuf import descriptor_pool, json_format, message_factory
from google.protobuf.descriptor import FieldDescriptor

from steps import Steps

try:
    from importlib.metadata import version
except ImportError:
    sys.exit("Python 3.10 or newer is needed")

API = "v26"
PACKAGE = f"google.ads.googleads.{API}"
POOL = descriptor_pool.Default()
LONG = {
    FieldDescriptor.TYPE_INT64,
    FieldDescriptor.TYPE_UINT64,
    FieldDescriptor.TYPE_FIXED64,
    FieldDescriptor.TYPE_SFIXED64,
    FieldDescriptor.TYPE_SINT64,
}
WORD = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[A-Za-z_][\w.]*|[^\s\w]|\d\S*")
CLAUSES = {"SELECT", "FROM", "WHERE", "ORDER", "LIMIT", "PARAMETERS"}


class Problem(Exception):
    """What is wrong with an exchange."""


def load():
    """Imports every message type, so that the pool knows them by name."""
    for part in ("services", "resources", "errors", "common", "enums"):
        types = importlib.import_module(f"{PACKAGE}.{part}.types")
        for module in pkgutil.iter_modules(types.__path__):
            importlib.import_module(f"{types.__name__}.{module.name}")
    importlib.import_module("google.rpc.status_pb2")
    importlib.import_module("google.rpc.error_details_pb2")


def descriptor(name):
    try:
        return POOL.FindMessageTypeByName(name)
    except KeyError as error:
        raise Problem(f"no message {name}") from error


def parse(kind, value):
    """Parses strictly, after the parser has built everything inside `Any`."""
    message = message_factory.GetMessageClass(kind)()
    try:
        json_format.ParseDict(value, message, ignore_unknown_fields=False, descriptor_pool=POOL)
    except json_format.ParseError as error:
        raise Problem(f"{kind.name}: {error}") from error
    return message


def member(kind, name):
    """A field by its JSON name only: `type` is `type_` in this client, and snake_case is not JSON's form."""
    for field in kind.fields:
        if field.json_name == name:
            return field
    raise Problem(f"{kind.name} has no `{name}` in JSON's spelling")


def canonical(kind, value, path=""):
    """Raises where an object is not in protobuf's canonical JSON form."""
    if kind.full_name == "google.protobuf.Any":
        inner = descriptor(value["@type"].rsplit("/", 1)[-1])
        canonical(inner, {name: part for name, part in value.items() if name != "@type"}, path)
        return
    if kind.full_name.startswith("google.protobuf."):
        return
    for name, part in value.items():
        field = member(kind, name)
        place = f"{path}.{name}".lstrip(".")
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            continue
        parts = part if isinstance(part, list) else [part]
        if isinstance(part, list) != bool(repeated(field)):
            raise Problem(f"`{place}` is {'not ' if repeated(field) else ''}a list")
        for each in parts:
            scalar(field, each, place)


def repeated(field):
    return field.is_repeated if hasattr(field, "is_repeated") else field.label == FieldDescriptor.LABEL_REPEATED


def scalar(field, value, place):
    if value is None:
        raise Problem(f"`{place}` is null; what has no value is absent")
    if field.message_type is not None:
        if isinstance(value, dict):
            canonical(field.message_type, value, place)
        return
    if field.type in LONG and not isinstance(value, str):
        raise Problem(f"`{place}` is {value!r}; 64-bit integers are texts")
    if field.enum_type is not None:
        if not isinstance(value, str):
            raise Problem(f"`{place}` is {value!r}; enum values are named")
        if value not in field.enum_type.values_by_name:
            raise Problem(f"`{place}` is {value!r}, which {field.enum_type.full_name} does not have")
    if field.type in (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT, FieldDescriptor.TYPE_INT32):
        if isinstance(value, (str, bool)):
            raise Problem(f"`{place}` is {value!r}; this is a number")


def snake(path):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", path).lower()


def field_at(kind, path):
    """Follows a dotted snake_case path of a query or a mask; repeated fields end it."""
    for name in path.split("."):
        if kind is None:
            raise Problem(f"`{path}` goes below a field without members")
        field = kind.fields_by_name.get(name) or kind.fields_by_name.get(f"{name}_")
        if field is None:
            raise Problem(f"`{path}`: {kind.full_name} has no `{name}`")
        kind = field.message_type
    return field


def check_query(query):
    """Every field that a query names must exist in the row of answers."""
    row = descriptor(f"{PACKAGE}.services.GoogleAdsRow")
    words = WORD.findall(query)
    clause, known = None, 0
    for word in words:
        if word.upper() in CLAUSES:
            clause = word.upper()
        elif clause == "FROM":
            if word not in row.fields_by_name:
                raise Problem(f"no resource `{word}`")
            known += 1
        elif clause in ("SELECT", "WHERE", "ORDER") and "." in word and word[0].isalpha():
            field_at(row, word)
            known += 1
    if not known:
        raise Problem(f"no field found in `{query}`")


def check_mask(kind, mask):
    if "_" in mask:
        raise Problem(f"mask `{mask}` is not lowerCamelCase")
    for path in filter(None, mask.split(",")):
        field_at(kind, ".".join(snake(part) for part in path.split(".")))


def check_operations(kind, value):
    """Masks of updates name fields of the resource beside them."""
    for field in kind.fields:
        part = value.get(field.json_name)
        if field.message_type is None or part is None:
            continue
        for each in part if isinstance(part, list) else [part]:
            if not isinstance(each, dict):
                continue
            if "updateMask" in each and "update" in each:
                resource = member(field.message_type, "update").message_type
                check_mask(resource, each["updateMask"])
            elif field.message_type.full_name.startswith(PACKAGE + ".services"):
                check_operations(field.message_type, each)


def call_of(path):
    """The request and response message of a path, and a short name for it."""
    call = re.sub(rf"^/{API}/(customers/\d+/?)?", "", path)
    if call == path:
        return None
    services = f"{PACKAGE}.services."
    fixed = {
        "googleAds:search": ("SearchGoogleAdsRequest", "SearchGoogleAdsResponse"),
        "googleAds:searchStream": ("SearchGoogleAdsStreamRequest", "SearchGoogleAdsStreamResponse"),
        "googleAds:mutate": ("MutateGoogleAdsRequest", "MutateGoogleAdsResponse"),
        "customers:listAccessibleCustomers": (None, "ListAccessibleCustomersResponse"),
        "geoTargetConstants:suggest": ("SuggestGeoTargetConstantsRequest", "SuggestGeoTargetConstantsResponse"),
        "googleAdsFields:search": ("SearchGoogleAdsFieldsRequest", "SearchGoogleAdsFieldsResponse"),
        ":mutate": ("MutateCustomerRequest", "MutateCustomerResponse"),
    }
    if call in fixed:
        request, response = fixed[call]
    elif call.endswith(":mutate"):
        name = call[0].upper() + call[1 : -len(":mutate")]
        request, response = f"Mutate{name}Request", f"Mutate{name}Response"
    else:
        raise Problem(f"no message is known for {path}")
    return call, services + request if request else None, services + response


def check_request(name, value):
    kind = descriptor(name)
    if not isinstance(value, dict):
        raise Problem(f"the body is {type(value).__name__}, not an object")
    parse(kind, value)
    check_operations(kind, value)
    canonical(kind, value)
    if "query" in value:
        check_query(value["query"])


def check_response(name, value):
    kind = descriptor(name)
    batches = value if name.endswith("StreamResponse") else [value]
    if not isinstance(batches, list):
        raise Problem("a stream is a list of batches")
    for batch in batches:
        parse(kind, batch)
        canonical(kind, batch)
        if "fieldMask" in batch:
            check_mask(descriptor(f"{PACKAGE}.services.GoogleAdsRow"), batch["fieldMask"])


def check_error(value):
    """`{"error": {code, message, status, details}}`: a google.rpc.Status with the status also by name."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict) or set(value) != {"error"}:
        raise Problem(f"not an error body: {str(value)[:120]}")
    error = dict(value["error"])
    status = error.pop("status", None)
    names = POOL.FindEnumTypeByName("google.rpc.Code").values_by_name
    if status not in names:
        raise Problem(f"`{status}` is not a status")
    kind = descriptor("google.rpc.Status")
    parse(kind, error)
    for detail in error.get("details", []):
        canonical(descriptor("google.protobuf.Any"), detail, "details")


def check(exchange, counts, steps):
    path, status = exchange["path"], exchange["status"]
    try:
        call = call_of(path)
    except Problem as problem:
        if status == 404:
            counts[("unknown path, refused", "response")] += 1
            return
        steps.fail(f"{exchange['place']} {path}", problem)
        return
    if call is None:
        counts[(path, "not of this API, skipped")] += 1
        return
    name, request, response = call
    sides = []
    # Facts send what is wrong on purpose, to be refused.
    on_purpose = exchange["place"].startswith("facts") and status != 200
    if request and status != 404 and not on_purpose:
        sides.append(("request", lambda: check_request(request, exchange["request"] or {})))
    if status == 200:
        sides.append(("response", lambda: check_response(response, exchange["response"])))
    elif status:
        sides.append(("error", lambda: check_error(exchange["response"])))
    for side, look in sides:
        try:
            look()
            counts[(name, side)] += 1
        except Problem as problem:
            steps.fail(f"{exchange['place']} {name} {side}", problem)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    load()
    # Where the types are newer or older than the API in use, this line says so.
    print(f"google-ads {version('google-ads')}, messages of {API}, protobuf {version('protobuf')}")
    importlib.import_module("google.rpc.code_pb2")
    steps, counts = Steps(), collections.Counter()
    total = 0
    for record in sys.argv[1:]:
        with open(record, encoding="utf-8") as lines:
            for line in lines:
                exchange = json.loads(line)
                if exchange["platform"] == "google":
                    total += 1
                    exchange["place"] = f"{pathlib.Path(record).stem} exchange {exchange['seq']}"
                    check(exchange, counts, steps)
    for (name, side), number in sorted(counts.items()):
        steps.ok(f"{name} {side} x{number}")
    parsed = sum(number for (_, side), number in counts.items() if side in ("request", "response", "error"))
    steps.end(f"{total} exchanges, {parsed} messages parsed strictly")


if __name__ == "__main__":
    main()
