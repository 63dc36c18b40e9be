"""Raw rows into a model with Python's onnxruntime: nothing of ours but the file."""

import numpy as np
import onnxruntime


def answers(model, columns, outputs):
    """One tensor a raw column: numbers as float32 (null is NaN), texts as strings (null is ''), each [rows, ...]."""
    session = onnxruntime.InferenceSession(model)
    types = {value.name: value.type for value in session.get_inputs()}
    feeds = {}
    for name, cells in columns.items():
        if types[name] == "tensor(string)":
            feeds[name] = np.array([["" if cell is None else cell for cell in row] for row in cells], dtype=object)
        else:
            with np.errstate(over="ignore"):
                feeds[name] = np.array(
                    [[np.nan if cell is None else cell for cell in row] for row in cells], dtype=np.float64
                ).astype(np.float32)
    found = session.run(outputs, feeds)
    return [
        [None if isinstance(x, float) and x != x else x for x in values.flatten().tolist()]
        for values in found
    ]


if __name__ == "__main__":
    from answering import answer

    answer(answers)
