"""Writes forecast.json: exponential smoothing by statsmodels on public domain series, which core::forecast is compared with.

    python3 -m venv venv && venv/bin/pip install statsmodels==0.15.0 && venv/bin/python forecast.py > forecast.json
"""

import json
import warnings

import numpy as np
import statsmodels
from statsmodels.datasets import co2, elnino
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

warnings.simplefilter("ignore")


def fitted(series, period, damped):
    best = None
    for start in (None, [0.1] * 3, [0.5] * 3, [0.9, 0.05, 0.05]):
        model = ETSModel(series, error="add", trend="add" if damped else None, damped_trend=damped, seasonal="add",
                         seasonal_periods=period)
        params = None
        if start:
            params = model.start_params.copy()
            params[0] = start[0]
            params[model.param_names.index("smoothing_seasonal")] = min(start[1], 0.9 * (1 - start[0]))
        fit = model.fit(start_params=params, disp=0, maxiter=5000)
        if best is None or fit.llf > best.llf:
            best = fit
    return {"logLikelihood": best.llf, "aicc": best.aicc, "forecast": best.forecast(period).tolist()}


frame = elnino.load_pandas().data.set_index("YEAR")
temperature = np.round(frame.to_numpy(float).ravel()[-240:], 2)
monthly = co2.load_pandas().data["co2"].resample("MS").mean().ffill()
carbon = np.round(monthly["1988":"1999"].to_numpy(float), 3)
print(json.dumps({
    "statsmodels": statsmodels.__version__,
    "call": "ETSModel(series, error='add', seasonal='add', ...).fit(), best of four starts",
    "rows": [
        {"name": name, "source": f"statsmodels.datasets.{data.__name__.split('.')[-1]}, {data.COPYRIGHT.strip()}", "period": 12,
         "series": series.tolist(), "seasonal": fitted(series, 12, False), "damped": fitted(series, 12, True)}
        for name, data, series in [("el nino", elnino, temperature), ("co2", co2, carbon)]
    ],
}))
