"""Names and variables: what authors write labels and datasets with."""

import pytest
import xarray as xr

from reportgen import name_of, nn, variable
from reportgen.errors import ExperimentError
from reportgen.style import palette


@pytest.mark.parametrize(
    "role", [*nn.optimizers.by_name(), "tanh", "relu", "sigmoid", "xavier", "bn", "no_bn"]
)
def test_what_is_compared_has_a_name_and_a_role(role: str) -> None:
    assert set(name_of(role)) == {"ko", "en"}
    assert palette.role(role)


def test_optimizers_are_called_as_their_classes() -> None:
    for name, optimizer in nn.optimizers.by_name().items():
        assert name_of(name)["en"] == type(optimizer).__name__
        assert name == type(optimizer).__name__.lower()


def test_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(ExperimentError, match="'momentun' has no name") as error:
        name_of("momentun")
    assert error.value.hint == "Did you mean momentum?"


@pytest.mark.parametrize("dims", ["layer", ("layer",)])
def test_variable_carries_its_name_and_unit(dims: str | tuple[str, ...]) -> None:
    dataset = xr.Dataset({"loss": variable(dims, [1.0, 2.0], "loss by layer", units="nat")})
    assert dataset["loss"].dims == ("layer",)
    assert dataset["loss"].attrs == {"long_name": "loss by layer", "units": "nat"}
