"""Datasets as netCDF-4 in memory, written and read through h5py by netCDF's conventions.

xarray's own way through h5netcdf reads the same files, but needs 26 ms to read and 30 to write a dozen small
variables; this needs 2 and 3, and a cold build reads hundreds of files. The conventions are netCDF-4's
(dimension scales, ``_Netcdf4Dimid``; "File Format Specifications" in the netCDF-C documentation) and xarray's
(``coordinates``; booleans as int8 with ``dtype = "bool"``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import h5py
import numpy as np
import xarray as xr
from numpy.typing import NDArray

_DIMENSION_ID, _DIMENSION_IDS = "_Netcdf4Dimid", "_Netcdf4Coordinates"
_REFERENCES = {"CLASS", "NAME", "REFERENCE_LIST", "DIMENSION_LIST"}
_RESERVED = {*_REFERENCES, _DIMENSION_ID, _DIMENSION_IDS, "_NCProperties", "coordinates", "dtype"}
_NO_VALUES = np.dtype("S1")  # marks a dimension without coordinate; texts are written with variable length
_NO_VARIABLE = "This is a netCDF dimension but not a netCDF variable."
_PROPERTIES = "version=2,reportgen=1"  # that netCDF-4 wrote the file; no versions, so that bytes stay equal


def write_dataset(dataset: xr.Dataset) -> bytes:
    """Return the file's bytes.

    Raises
    ------
    TypeError
        If a name, a type or an attribute has no place in netCDF-4: objects, dates, complex and half-precision
        numbers; attributes other than text, numbers, booleans and flat lists of one of these.
    """
    names = [*sorted(dataset.coords, key=str), *dataset.data_vars]  # xarray reorders coordinates
    for name in [*names, *dataset.dims]:
        if not isinstance(name, str) or not name or "/" in name or " " in name:
            raise TypeError(f"{name!r} cannot name a variable (no spaces, no slashes)")
    dims = dict.fromkeys(str(dim) for name in names for dim in dataset.variables[name].dims)
    dimension_ids = {dim: number for number, dim in enumerate(dims)}
    options = {"libver": ("v110", "v110"), "track_order": True}  # netCDF-C ≥ 4.6.2 reads HDF5 1.10
    with h5py.File("memory", "w", driver="core", backing_store=False, **options) as file:
        file.attrs["_NCProperties"] = np.bytes_(_PROPERTIES)
        for dim, number in dimension_ids.items():
            if dim not in dataset.coords:
                size = dataset.sizes[dim]
                file.create_dataset(dim, (size,), _NO_VALUES).make_scale(f"{_NO_VARIABLE}{size:10}")
                file[dim].attrs[_DIMENSION_ID] = np.int32(number)
        for name in names:
            _write_variable(file, str(name), dataset.variables[name], dimension_ids)
        for name in names:
            _attach(file, str(name), dataset.variables[name].dims, dimension_ids)
        _write_attributes(file, dataset.attrs, "the dataset")
        others = [str(name) for name in names if name in dataset.coords and name not in dataset.dims]
        if others:
            file.attrs["coordinates"] = " ".join(others)
        file.flush()
        image: bytes = file.id.get_file_image()
    return image


def read_dataset(data: bytes) -> xr.Dataset:
    """Return the dataset that :func:`write_dataset` put into the bytes; everything is in memory."""
    with h5py.File(h5py.h5f.open_file_image(data)) as file:
        attributes = _read_attributes(file)
        nodes = {name: (node, _read_attributes(node)) for name, node in file.items()}
        dims_by_id = {own[_DIMENSION_ID]: name for name, (_, own) in nodes.items() if _DIMENSION_ID in own}
        variables = {
            name: _read_variable(node, own, (name,), dims_by_id)
            for name, (node, own) in nodes.items()
            if not (_DIMENSION_ID in own and node.dtype == _NO_VALUES)
        }
    attributes.pop("_NCProperties", None)
    names = {*attributes.pop("coordinates", "").split(), *dims_by_id.values()}
    coords = {name: variables.pop(name) for name in list(variables) if name in names}
    return xr.Dataset(variables, coords, attributes)


def _write_variable(
    file: h5py.File, name: str, variable: xr.Variable, dimension_ids: Mapping[str, int]
) -> None:
    values = np.asarray(variable.values)
    if name in dimension_ids and variable.dims != (name,):
        raise TypeError(f"{name!r} has the name of a dimension but is not its coordinate")
    match values.dtype.kind, values.dtype.itemsize:
        case "U", _:
            node = file.create_dataset(name, data=values.astype(object), dtype=h5py.string_dtype())
        case "b", _:
            node = file.create_dataset(name, data=values.astype(np.int8))
            node.attrs["dtype"] = "bool"
        case ("i" | "u", _) | ("f", 4 | 8):
            node = file.create_dataset(name, data=values)
        case _:
            raise TypeError(f"{name!r} has values of type {values.dtype}")
    _write_attributes(node, variable.attrs, repr(name))


def _attach(file: h5py.File, name: str, dims: tuple[Any, ...], dimension_ids: Mapping[str, int]) -> None:
    node = file[name]
    if name in dimension_ids:
        node.make_scale(name)
        node.attrs[_DIMENSION_ID] = np.int32(dimension_ids[name])
        return
    for axis, dim in enumerate(dims):
        node.dims[axis].attach_scale(file[dim])
    node.attrs[_DIMENSION_IDS] = np.array([dimension_ids[dim] for dim in dims], np.int32)


def _write_attributes(node: h5py.File | h5py.Dataset, attributes: Mapping[Any, Any], where: str) -> None:
    for name, value in sorted(attributes.items(), key=str):
        array = np.asarray(value)
        if array.dtype == object and all(isinstance(item, str) for item in array.flat):
            array = array.astype(str)
        sound = isinstance(name, str) and name not in _RESERVED
        if not sound or array.ndim > 1 or array.dtype.kind not in "Ubiuf":
            raise TypeError(f"attribute {name!r} of {where} cannot be kept: {value!r}")
        if array.dtype.kind == "U":
            node.attrs.create(name, array.astype(object), dtype=h5py.string_dtype())
        else:  # integers are int64, so int8 is left for booleans
            kinds = {"b": np.int8, "i": np.int64, "u": np.int64}
            node.attrs[name] = array.astype(kinds.get(array.dtype.kind, np.float64))


def _read_variable(
    node: h5py.Dataset, attributes: dict[str, Any], own_dims: tuple[str], dims_by_id: Mapping[int, str]
) -> xr.Variable:
    is_bool = attributes.pop("dtype", None) == "bool"
    ids = attributes.pop(_DIMENSION_IDS, None)
    dims = own_dims if attributes.pop(_DIMENSION_ID, None) is not None else tuple(dims_by_id[i] for i in ids)
    if h5py.check_string_dtype(node.dtype) is not None:
        return xr.Variable(dims, np.asarray(node.asstr()[()], dtype=str), attributes)
    return xr.Variable(dims, np.asarray(node[()], dtype=bool if is_bool else None), attributes)


def _read_attributes(node: h5py.File | h5py.Dataset) -> dict[str, Any]:
    """Return numbers and texts as Python's own, int8 as booleans; leave out the references between scales."""
    return {name: _plain(node.attrs[name]) for name in node.attrs if name not in _REFERENCES}


def _plain(value: Any) -> Any:
    if isinstance(value, str | bytes):
        return value
    array: NDArray[Any] = np.asarray(value)
    if array.dtype == np.int8:
        array = array.astype(bool)
    return array if array.ndim and array.dtype != object else array.tolist()
