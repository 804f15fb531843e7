"""What a published implementation of tau2-bench's retail tools does with the tasks' expected actions and with drawn calls.

    pip install inspect-ai; pip download --no-deps inspect-evals==0.26.0     (unpack the wheel, or install it)
    python tools/goldens/tau_retail.py TASKS.json > tests/golden/tau_retail.json

The tools are those of inspect_evals/tau2/retail (UK AISI, MIT; adapted by them from tau2-bench@377cecff73b8); its copy of
the database equals tau2-bench's. A sequence is played on a fresh database. For each call: "ok", a text that the tool
returned, or {"error": its text}; null for tools that are no method there. Then the fields of users and orders that differ
from the published database.
"""

import copy
import json
import random
import sys

from inspect_ai.tool import ToolError
from inspect_evals.tau2.retail.RetailAgentTools import RetailAgentTools

tools = RetailAgentTools()
tools.initialize()
START = tools.db.model_copy(deep=True)
rows = {kind: {key: row.model_dump(exclude_none=True) for key, row in getattr(START, kind).items()}
        for kind in ("users", "orders")}


def call(name, arguments):
    method = getattr(tools, name, None)
    if method is None:
        return None
    try:
        result = method(**arguments)
    except ToolError as error:
        return {"error": error.message}
    return result if name.startswith("find_user") else "ok"


def play(calls):
    outcomes = [call(one["name"], one["arguments"]) for one in calls]
    changed = {"users": {}, "orders": {}}
    for kind in changed:
        table = getattr(tools.db, kind)
        for key in table:
            after, before = table[key].model_dump(exclude_none=True), rows[kind][key]
            if after != before:
                changed[kind][key] = {field: value for field, value in after.items() if before.get(field) != value}
                table[key] = getattr(START, kind)[key].model_copy(deep=True)
    return {"calls": calls, "outcomes": outcomes, "changed": changed}


def drawn(rng):
    """A user's orders in a few calls: mostly such as can succeed, with one thing wrong now and then."""
    user = rows["users"][rng.choice(sorted(rows["users"]))]
    calls = []
    for _ in range(4):
        order_id = rng.choice(user["orders"] or ["#W0000000"])
        order = rows["orders"].get(order_id, {"items": [], "status": "pending"})
        if rng.random() < 0.05:
            order_id = "#W0000000"
        method = rng.choice(sorted(user["payment_methods"]) + ["paypal_0000000"])
        items = rng.sample(order["items"], rng.randint(0, len(order["items"])))
        if items and rng.random() < 0.1:
            items.append(items[0])
        new = []
        for item in items:
            variants = tools.db.products[item["product_id"]].variants
            stock = [v for v in variants if variants[v].available] or sorted(variants)
            new.append(rng.choice(stock if rng.random() < 0.9 else sorted(variants)))
        if new and rng.random() < 0.1:
            new.pop()
        ids = [item["item_id"] for item in items]
        place = {"address1": "1 Elm St", "address2": "", "city": "Reno", "state": "NV", "country": "USA", "zip": "89501"}
        options = [
            ("cancel_pending_order", {"order_id": order_id, "reason": rng.choice(
                ["no longer needed", "ordered by mistake", "too dear"])}),
            ("modify_pending_order_payment", {"order_id": order_id, "payment_method_id": method}),
            ("modify_pending_order_address", {"order_id": order_id, **place}),
            ("modify_user_address", {"user_id": user["user_id"], **place}),
            ("modify_pending_order_items", {"order_id": order_id, "item_ids": ids, "new_item_ids": new,
                                            "payment_method_id": method}),
            ("exchange_delivered_order_items", {"order_id": order_id, "item_ids": ids, "new_item_ids": new,
                                                "payment_method_id": method}),
            ("return_delivered_order_items", {"order_id": order_id, "item_ids": ids, "payment_method_id": method}),
        ]
        fitting = {"pending": options[:6], "delivered": options[5:]}.get(order["status"], options)
        name, arguments = rng.choice(fitting if rng.random() < 0.9 else options)
        calls.append({"name": name, "arguments": arguments})
    return calls


tasks = json.load(open(sys.argv[1]))
golden = {"tasks": {}, "drawn": []}
for task in tasks:
    actions = task["evaluation_criteria"]["actions"] or []
    played = play([{"name": one["name"], "arguments": copy.deepcopy(one["arguments"])} for one in actions])
    del played["calls"]
    golden["tasks"][task["id"]] = played
rng = random.Random(11)
while len(golden["drawn"]) < 120:
    golden["drawn"].append(play(drawn(rng)))
print('{"tasks": {')
print(",\n".join(json.dumps(key) + ": " + json.dumps(value) for key, value in golden["tasks"].items()))
print('}, "drawn": [')
print(",\n".join(map(json.dumps, golden["drawn"])))
print("]}")
