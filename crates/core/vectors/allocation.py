"""Writes allocation.json: best splits by scipy's SLSQP, which core::allocate is compared with.

    python3 -m venv venv && venv/bin/pip install scipy==1.17.1 && venv/bin/python allocation.py > allocation.json
"""

import json

import numpy as np
import scipy
from scipy.optimize import minimize

PLATFORMS = ["google", "meta", "tiktok"]
random = np.random.default_rng(20261121)


def solve(ceiling, half, low, high, group, caps, budget):
    """The best of several starts; None where the bounds leave no split."""
    def value(x):
        return -np.sum(ceiling * x / (half + x)) / ceiling.sum()

    def slope(x):
        return -ceiling * half / (half + x) ** 2 / ceiling.sum()

    constraints = [{"type": "eq", "fun": lambda x: (x.sum() - budget) / budget, "jac": lambda x: np.ones(len(x)) / budget}]
    for name, cap in caps.items():
        inside = np.array([1.0 if one == name else 0.0 for one in group])
        constraints.append({"type": "ineq", "fun": lambda x, i=inside, c=cap: (c - i @ x) / c, "jac": lambda x, i=inside, c=cap: -i / c})
    best = None
    for _ in range(8):
        start = random.uniform(low, high)
        found = minimize(value, start, jac=slope, method="SLSQP", bounds=list(zip(low, high)), constraints=constraints,
                         options={"ftol": 1e-15, "maxiter": 2000})
        if found.success and (best is None or found.fun < best.fun):
            best = found
    return None if best is None else best.x


cases = [{"ceiling": [1000, 600, 300], "half": [500, 200, 100], "low": [50] * 3, "high": [600] * 3, "group": ["google"] * 3,
          "caps": {}, "budget": 1000}]
while len(cases) < 30:
    count = int(random.integers(2, 8))
    low = np.round(random.uniform(0, 60, count) * random.integers(0, 2, count), 2)
    high = np.round(low + random.uniform(20, 900, count), 2)
    group = [PLATFORMS[place] for place in random.integers(0, 3, count)]
    caps = {}
    for name in sorted(set(group)):
        inside = [place for place in range(count) if group[place] == name]
        if random.random() < 0.5:
            caps[name] = round(float(random.uniform(low[inside].sum(), high[inside].sum())) + 1, 2)
    most = sum(min(sum(high[i] for i in range(count) if group[i] == name), caps.get(name, 1e12)) for name in set(group))
    cases.append({"ceiling": np.round(random.uniform(20, 2000, count), 2).tolist(),
                  "half": np.round(random.uniform(10, 800, count), 2).tolist(), "low": low.tolist(), "high": high.tolist(),
                  "group": group, "caps": caps,
                  "budget": round(float(random.uniform(low.sum() + 1, most - 1)), 2)})

rows = []
for case in cases:
    arrays = {key: np.array(case[key], float) for key in ("ceiling", "half", "low", "high")}
    x = solve(**arrays, group=case["group"], caps=case["caps"], budget=case["budget"])
    if x is not None:
        response = float(np.sum(arrays["ceiling"] * x / (arrays["half"] + x)))
        rows.append({**case, "x": np.round(x, 6).tolist(), "response": response})
print(json.dumps({"scipy": scipy.__version__, "call": "optimize.minimize(method='SLSQP', ftol=1e-15), best of eight starts",
                  "rows": rows}))
