"""Writes tails.json: tail probabilities by scipy, which core::stats is compared with.

    python3 -m venv venv && venv/bin/pip install scipy==1.17.1 && venv/bin/python tails.py > tails.json
"""

import json

import scipy
from scipy import stats

GAMMA = [
    (0.01, 0.5), (0.5, 1e-6), (0.5, 0.3), (1, 3), (1, 50), (1, 700), (1.5, 0.01), (3, 4), (3.7, 1e-30), (10, 3),
    (10, 40), (30, 120), (100, 100), (100, 40), (100, 250), (1234.5, 1300), (1e4, 9.7e3), (1e4, 1.2e4),
    (1e6, 1.003e6), (1e6, 0.99e6), (1e6, 1.03e6), (5e7, 5.001e7),
]
BETA = [
    (0.5, 0.5, 0.5), (1, 99, 0.01), (1, 999, 0.1), (2, 3, 1e-12), (3, 200, 0.05), (12.25, 1500, 0.01),
    (40, 2000, 0.012), (40, 2000, 0.05), (150, 9850, 0.012), (150, 9850, 0.02), (150, 9850, 0.008), (900, 100, 0.9),
    (900, 100, 0.8), (1e4, 1e6, 0.0102), (1e4, 1e6, 0.0095), (1e4, 1e6, 0.012), (5e5, 5e7, 0.00995), (0.02, 3, 0.4),
]
POISSON = [(0, 3.0), (0, 600.0), (1, 0.001), (3, 11.7), (5, 12.0), (20, 12.0), (24, 12.0), (80, 12.0), (29, 30.0), (1000, 1200.0)]
NEGATIVE = [(0, 3.0, 5.0), (2, 12.0, 14.0), (5, 12.0, 30.0), (24, 12.0, 14.0), (40, 12.0, 30.0), (90, 25.0, 26.0), (4, 25.0, 80.0)]
NORMAL = [-3.5, 0.0, 0.3, 3.5, 8.0, 30.0]

# prob_cpa_above: conversions in millionths, spend and target in micros, the parent's conversions and spend.
CPA = [
    (0, 25_000_000, 25_000_000, None),
    (0, 75_000_000, 25_000_000, (40_000_000, 1_000_000_000)),
    (3_000_000, 120_000_000, 25_000_000, (40_000_000, 1_000_000_000)),
    (3_500_000, 60_000_000, 25_000_000, (10_000_000, 400_000_000)),
    (250_000_000, 5_000_000_000, 25_000_000, (900_000_000, 20_000_000_000)),
    (1_000_000_000, 40_000_000_000, 25_000_000, None),
    (0, 2_000_000_000, 25_000_000, (40_000_000, 1_000_000_000)),
]
# prob_ctr_above: clicks, impressions, target, the parent's clicks and impressions.
CTR = [
    (0, 500, 0.01, None),
    (12, 2_000, 0.01, (900, 80_000)),
    (3, 2_000, 0.01, (900, 80_000)),
    (25_000, 2_000_000, 0.0123, (90_000, 8_000_000)),
    (40, 2_000, 0.01, None),
]


def cpa(conversions, spend, target, parent):
    shape = parent[0] / 1e6 * target / parent[1] if parent else 1.0
    return stats.gamma.cdf(1 / target, shape + conversions / 1e6, scale=1 / (target + spend))


def ctr(clicks, impressions, target, parent):
    rate = parent[0] / parent[1] if parent else target
    return stats.beta.sf(target, rate / target + clicks, (1 - rate) / target + impressions - clicks)


def tails(arguments, distribution, lower_at, upper_at):
    return {"arguments": arguments, "lower": distribution.cdf(lower_at), "upper": distribution.sf(upper_at)}


print(json.dumps({
    "scipy": scipy.__version__,
    "gamma": {"call": "stats.gamma(a).cdf(x), .sf(x)", "rows": [tails([a, x], stats.gamma(a), x, x) for a, x in GAMMA]},
    "beta": {"call": "stats.beta(a, b).cdf(x), .sf(x)",
             "rows": [tails([a, b, x], stats.beta(a, b), x, x) for a, b, x in BETA]},
    "poisson": {"call": "stats.poisson(m).cdf(k), .sf(k - 1)",
                "rows": [tails([k, m], stats.poisson(m), k, k - 1) for k, m in POISSON]},
    "negativeBinomial": {"call": "stats.nbinom(m * m / (v - m), m / v).cdf(k), .sf(k - 1)",
                         "rows": [tails([k, m, v], stats.nbinom(m * m / (v - m), m / v), k, k - 1) for k, m, v in NEGATIVE]},
    "normal": {"call": "stats.norm.sf(z)", "rows": [{"arguments": [z], "upper": stats.norm.sf(z)} for z in NORMAL]},
    "cpaAbove": {"call": "stats.gamma.cdf(1 / target, shape + conversions, scale=1 / (target + spend))",
                 "rows": [{"arguments": row[:3], "parent": row[3], "upper": cpa(*row)} for row in CPA]},
    "ctrAbove": {"call": "stats.beta.sf(target, rate / target + clicks, (1 - rate) / target + impressions - clicks)",
                 "rows": [{"arguments": row[:3], "parent": row[3], "upper": ctr(*row)} for row in CTR]},
}, indent=1))
