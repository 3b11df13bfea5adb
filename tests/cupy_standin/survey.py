"""What CuPy exports, written down as data: run this where CuPy is installed (no GPU is needed).

    python tests/cupy_standin/survey.py

surface.json then has, for the version it names: every function with its parameters, every ufunc with the types it
computes in, every attribute of an array, and the parameters of an array's methods.
"""

import inspect
import json
import re
from pathlib import Path

SURFACE = Path(__file__).with_name("surface.json")


def parameters(function):
    """A function's parameters, a default written as None whatever it is; None where nothing says them."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        said = re.match(r"(?:\w+\.)?\w+\(([^()]*(?:\([^()]*\)[^()]*)*)\)", (function.__doc__ or "").strip())
        if said is None:
            return None
        text = re.sub(r"\b(?:Py_ssize_t|size_t|bool|int|tuple|str|_ndarray_base) (?=\w)", "", said[1])
        try:
            signature = inspect.signature(eval(f"lambda {text}: None"))
        except (SyntaxError, NameError):
            return None
    bare = [
        p.replace(annotation=p.empty, default=p.empty if p.default is p.empty else None)
        for p in signature.parameters.values()
    ]
    return str(signature.replace(parameters=bare, return_annotation=signature.empty))[1:-1]


def survey(cupy):
    """The surface of a CuPy."""
    functions, ufuncs = {}, {}
    for prefix, module in (("", cupy), ("linalg.", cupy.linalg)):
        for name in sorted(set(dir(module)) - {"ndarray", "ufunc"}):
            value = getattr(module, name)
            if isinstance(value, cupy.ufunc):
                ufuncs[prefix + name] = [each for each in value.types if not set(each) & set("FDG")]
            elif callable(value) and not isinstance(value, type) and not name.startswith("_"):
                functions[prefix + name] = parameters(value)
    methods, attributes = {}, []
    for name in sorted(
        set(dir(cupy.ndarray)) - {"__buffer__", "__release_buffer__"}
    ):  # Python's, from 3.12 on
        value = getattr(cupy.ndarray, name)
        if callable(value) and not name.startswith("_"):
            methods[name] = parameters(value)
        else:
            attributes.append(name)
    found = {"cupy": cupy.__version__, "functions": functions, "ufuncs": ufuncs, "methods": methods}
    return found | {"attributes": attributes}


if __name__ == "__main__":
    import cupy

    SURFACE.write_text(json.dumps(survey(cupy), indent=0, ensure_ascii=False) + "\n")
    print(f"{SURFACE} written")
