"""The same recipe as pandas and scikit-learn do it: python prepare.py TABLE OUT. Prints what it took."""

import json
import resource
import sys
import time

import numpy
import pandas
import pyarrow
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

table, out = sys.argv[1:3]
pyarrow.set_cpu_count(2)
pyarrow.set_io_thread_count(2)
parts = {}
began = last = time.perf_counter()


def lap(name):
    global last
    now = time.perf_counter()
    parts[name] = now - last
    last = now


frame = pandas.read_csv(table) if table.endswith(".csv") else pandas.read_parquet(table)
lap("read")
numbers = [name for name in frame.columns if name.startswith(("number", "count"))]
words = ["small", "middle", "large"]
train, rest = train_test_split(frame, train_size=0.7, random_state=1, stratify=frame["label"])
valid, test = train_test_split(rest, train_size=1 / 3, random_state=1, stratify=rest["label"])
del frame, rest
lap("split")
steps = ColumnTransformer(
    [
        ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
        (
            "words",
            make_pipeline(
                SimpleImputer(strategy="most_frequent"),
                OneHotEncoder(sparse_output=False, handle_unknown="ignore", dtype=numpy.float32),
            ),
            words,
        ),
    ],
    sparse_threshold=0,
    verbose_feature_names_out=False,
)
steps.fit(train)
lap("fit")
for name, part in (("train", train), ("valid", valid), ("test", test)):
    features = pandas.DataFrame(
        steps.transform(part).astype(numpy.float32), columns=steps.get_feature_names_out(), index=part.index
    )
    features["label"] = part["label"]
    features.to_parquet(f"{out}/{name}.parquet", index=False)
    del features
lap("transform and write")
usage = resource.getrusage(resource.RUSAGE_SELF)
print(
    json.dumps(
        {
            "seconds": time.perf_counter() - began,
            "cpuSeconds": usage.ru_utime + usage.ru_stime,
            "peakBytes": usage.ru_maxrss * 1024,
            "rows": [len(train), len(valid), len(test)],
            "medians": list(steps.named_transformers_["numbers"][0].statistics_),
            "parts": parts,
        }
    )
)
