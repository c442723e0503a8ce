"""The quiz network's gradient: does it vanish at std .01, at .05, with Xavier, and does the net at .05 learn.

Measures nothing of its own: the claims are held against ``wide_tanh`` and ``tanh_gains_trained``.
"""

from functools import partial

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Text

QUIZ = "초기에 딥러닝 연구에는 작은 임의의 변수로 설정하여 학습!"
LARGER = "가중치를 0.05로 약간 증가시킨다면?"


# --- quantities: one value per replicate ---


def layer_factor(delta_rms: xr.DataArray) -> np.ndarray:
    """Return (RMS δ_1 / RMS δ_L)^(1/(L−1))."""
    by_layer = delta_rms.transpose("replicate", "layer").values
    return np.asarray((by_layer[:, 0] / by_layer[:, -1]) ** (1 / (by_layer.shape[1] - 1)))


def rho(wide: xr.Dataset, arm: str) -> np.ndarray:
    """Return ρ of an arm."""
    return layer_factor(wide["delta_rms"].sel(arm=arm))


def theory_rho(wide: xr.Dataset, arm: str) -> float:
    """Return (∏ χ_l)^(1/(2(L−1))) over the layers below the last."""
    below = wide["theory_chi"].sel(arm=arm).values[:-1]
    return float(np.prod(below) ** (0.5 / len(below)))


def first_over_last(variable: xr.DataArray, arm: str) -> np.ndarray:
    """Return an arm's value at the first layer over that at the last."""
    by_layer = variable.sel(arm=arm).transpose("replicate", "layer").values
    return np.asarray(by_layer[:, 0] / by_layer[:, -1])


def std_off_theory(wide: xr.Dataset) -> np.ndarray:
    """Return std(h) over its mean-field value for Xavier, at the layer where they differ most."""
    ratio = (wide["std"] / wide["theory_std"]).sel(arm="xavier").transpose("replicate", "layer").values
    return np.asarray(ratio[np.arange(len(ratio)), np.abs(np.log(ratio)).argmax(axis=1)])


def funnel_rho(wide: xr.Dataset, rule: str) -> np.ndarray:
    """Return ρ of the net that narrows, under one of two rules."""
    return layer_factor(wide["funnel_delta_rms"].sel(rule=rule))


def accuracy(trained: xr.Dataset, name: str, gain: str) -> np.ndarray:
    """Return an accuracy of the trained nets with this gain."""
    return np.asarray(trained[name].sel(gain=gain).values)


# --- claims ---

VANISHING = Text(
    ko="$\\rho<0.8$이면 서른 층을 지나는 동안 기울기가 600배 넘게 줄어, 쓰이는 학습률의 범위 전체보다 더 "
    "많이 잃는다.",
    en="Below 0.8 a gradient loses more than a factor of 600 over thirty layers, more than the whole range "
    "of learning rates in use.",
)

WIDE_ENOUGH = Text(
    ko="너비 4096에서 한 층의 크기는 무한 너비의 값에서 1 %쯤 흔들린다. 여섯 층이면 3 % 안이다.",
    en="At 4096 units the size of one layer varies by about 1 % around infinite width; six layers stay "
    "within 3 %.",
)
RHO_OFF_THEORY = Text(
    ko="$\\rho$는 여러 층의 기하 평균이라, 너비 4096에서 무한 너비의 값과 5 % 넘게 다르면 모의실험이 틀린 "
    "것이다.",
    en="ρ is a geometric mean over layers: at 4096 units more than 5 % off infinite width means a faulty "
    "simulation.",
)


def rho_theory_check(arm: str) -> Check:
    """Hold an arm's ρ against the mean-field recursion."""
    return Check(
        name="rho_theory",
        label=Text(ko="ρ ÷ 평균장 이론", en="ρ over mean-field theory"),
        quantity=lambda wide, *_: rho(wide, arm) / theory_rho(wide, arm),
        estimator="mean",
        scale="log",
        relation="within",
        bound=(0.95, 1.05),
        because=RHO_OFF_THEORY,
        role="validates",
    )


D09 = Claim(
    id="D09",
    says=Text(
        ko="표준편차 0.01은 작으므로 기울기 소실은 일어나지 않는다.",
        en="Weights of std 0.01 are small, so the gradient does not vanish.",
    ),
    better=Text(
        ko="표준편차 0.01이면 기울기는 소실된다. 입력이 4096개이면 $\\sigma_w=0.01\\sqrt{4096}=0.64<1$이므로 "
        "$\\delta$는 한 층을 내려갈 때마다 적어도 이 비율로 줄어든다. 국소 기울기 $\\varphi'(z)$가 1에 "
        "가깝다는 것만으로는 모자란다. 층마다 거의 같게 남는 것은 가중치 기울기 $dW$이다.",
        en="With std 0.01 the gradient does vanish: with 4096 inputs $\\sigma_w=0.01\\sqrt{4096}=0.64<1$, "
        "and $\\delta$ shrinks by at least this factor at every layer on its way down. A local slope "
        "$\\varphi'(z)$ near 1 is not enough. What stays nearly the same in all layers is the weight "
        "gradient $dW$.",
    ),
    source=QUIZ,
    data=("wide_tanh",),
    checks=(
        Check(
            name="rho",
            label=Text(ko="ρ: 한 층을 내려갈 때 δ에 곱해지는 값", en="ρ, the factor of δ per layer"),
            quantity=lambda wide: rho(wide, "small"),
            estimator="mean",
            scale="log",
            relation=">=",
            bound=0.8,
            because=VANISHING,
        ),
        rho_theory_check("small"),
        Check(
            name="weight_gradient",
            label=Text(ko="RMS dW: 첫 층 ÷ 마지막 층", en="RMS dW, first layer over last"),
            quantity=lambda wide: first_over_last(wide["weight_gradient"], "small"),
            estimator="mean",
            scale="log",
            relation=">=",
            bound=0.8,
            because=Text(
                ko="판정에는 쓰지 않는다. $dW=h^\\top\\delta$는 $\\delta$와 다른 양임을 보인다.",
                en="Not judged: shows that $dW=h^\\top\\delta$ is another thing than $\\delta$.",
            ),
            role="reports",
        ),
    ),
)


D12 = Claim(
    id="D12",
    says=Text(
        ko="표준편차 0.05에서는 기울기가 0으로 줄어 학습되지 않는다.",
        en="With std 0.05 the gradient falls to 0 and nothing is learned.",
    ),
    better=Text(
        ko="표준편차 0.05($\\sigma_w=3.2$)에서는 포화로 국소 기울기가 작아져도 큰 가중치가 그것을 넘어서서, "
        "기울기는 아래층으로 갈수록 오히려 커진다. 그런 망도 학습되며, 새 데이터에서 Xavier보다 조금 못할 "
        "뿐이다.",
        en="With std 0.05 ($\\sigma_w=3.2$) saturation makes the local slopes small, but the large weights "
        "more than make up for it: the gradient grows on its way down. Such a net does learn; it is only a "
        "little worse than Xavier's on new data.",
    ),
    source=LARGER,
    data=("wide_tanh", "tanh_gains_trained"),
    checks=(
        Check(
            name="rho",
            label=Text(ko="ρ: 한 층을 내려갈 때 δ에 곱해지는 값", en="ρ, the factor of δ per layer"),
            quantity=lambda wide, _trained: rho(wide, "small05"),
            estimator="mean",
            scale="log",
            relation="<=",
            bound=0.8,
            because=VANISHING,
        ),
        rho_theory_check("small05"),
        Check(
            name="not_learned",
            label=Text(
                ko="훈련 정확도 (학습률 가운데 가장 좋은 것)", en="train accuracy at the best learning rate"
            ),
            quantity=lambda _wide, trained: accuracy(trained, "best_train_accuracy", "small05"),
            estimator="median",
            relation="<=",
            bound=0.2,
            because=Text(
                ko="열 가지 숫자를 찍으면 0.1이다. 그 두 배를 어떤 학습률로도, 네 배 더 학습해도 넘지 못하면 "
                "학습되지 않은 것이다.",
                en="Guessing among ten digits gives 0.1; not even twice that, at any learning rate and after "
                "four times the updates, is not learning.",
            ),
        ),
        Check(
            name="test_accuracy",
            label=Text(ko="시험 정확도: 0.05 − Xavier", en="test accuracy, 0.05 minus Xavier"),
            quantity=lambda _wide, trained: (
                accuracy(trained, "test_accuracy", "small05") - accuracy(trained, "test_accuracy", "xavier")
            ),
            estimator="median",
            relation="<=",
            bound=0.0,
            because=Text(
                ko="판정에는 쓰지 않는다. 학습된 것이 얼마나 쓸모 있는지를 보인다.",
                en="Not judged: shows what the learning is worth.",
            ),
            role="reports",
        ),
    ),
)

D13 = Claim(
    id="D13",
    says=Text(
        ko="가중치의 표준편차를 $1/\\sqrt{n}$로 하면(Xavier) 모든 층의 활성화값이 딱 알맞게 퍼진다.",
        en="With std $1/\\sqrt{n}$ (Xavier) the activations are “just right” in all layers.",
    ),
    better=Text(
        ko="Xavier에서 tanh의 활성화값은 지수적으로 사라지지 않을 뿐, 분산이 $1/(2l)$쯤으로 천천히 줄어든다. "
        "기울기는 건강한 범위에 남는다. 너비가 다른 층에는 논문처럼 $\\sqrt{2/(n_{in}+n_{out})}$을 쓴다.",
        en="With Xavier tanh activations do not die out exponentially, but their variance falls slowly, "
        "about as $1/(2l)$; the gradient stays healthy. For layers of unequal width the paper's rule is "
        "$\\sqrt{2/(n_{in}+n_{out})}$.",
    ),
    source="초기값 설정(Xavier Init)",
    data=("wide_tanh",),
    checks=(
        Check(
            name="std_ratio",
            label=Text(ko="std(h): 마지막 층 ÷ 첫 층", en="std(h), last layer over first"),
            quantity=lambda wide: 1 / first_over_last(wide["std"], "xavier"),
            estimator="mean",
            scale="log",
            relation="within",
            bound=(0.5, 2.0),
            because=Text(
                ko="‘딱 알맞다’면 많아야 두 배이다. 다섯 층마다 두 배면 서른 층에서는 64배이다.",
                en="“Just right” leaves a factor of two at most: repeated every five layers it is 64 over "
                "thirty.",
            ),
        ),
        Check(
            name="rho",
            label=Text(ko="ρ: 한 층을 내려갈 때 δ에 곱해지는 값", en="ρ, the factor of δ per layer"),
            quantity=lambda wide: rho(wide, "xavier"),
            estimator="mean",
            scale="log",
            relation="within",
            bound=(0.8, 1.25),
            because=Text(
                ko="이 범위를 벗어나면 서른 층에서 기울기가 600배 넘게 변한다.",
                en="Outside, a gradient changes by more than a factor of 600 over thirty layers.",
            ),
        ),
        rho_theory_check("xavier"),
        Check(
            name="std_theory",
            label=Text(
                ko="std(h) ÷ 평균장 이론 (가장 다른 층)", en="std(h) over mean-field theory, worst layer"
            ),
            quantity=std_off_theory,
            estimator="mean",
            scale="log",
            relation="within",
            bound=(0.97, 1.03),
            because=WIDE_ENOUGH,
            role="validates",
        ),
        Check(
            name="variance_law",
            label=Text(ko="마지막 층의 2l·Var(h)", en="2l·Var(h) of the last layer"),
            quantity=lambda wide: 2 * wide.sizes["layer"] * wide["std"].sel(arm="xavier").values[:, -1] ** 2,
            estimator="mean",
            scale="log",
            relation="within",
            bound=(0.9, 1.1),
            because=Text(
                ko="$E[\\tanh^2 z]=q-2q^2+\\dots$에서 $\\mathrm{Var}(h)\\to 1/(2l)$이고, 다음 항은 여섯째 "
                "층에서 몇 %이다.",
                en="$E[\\tanh^2 z]=q-2q^2+\\dots$ gives $\\mathrm{Var}(h)\\to 1/(2l)$; the next term is a "
                "few percent at layer 6.",
            ),
            role="validates",
        ),
        *(
            Check(
                name=f"funnel_{rule}",
                label=label,
                quantity=partial(funnel_rho, rule=rule),
                estimator="mean",
                scale="log",
                relation="within",
                bound=(0.8, 1.25),
                because=Text(
                    ko="판정에는 쓰지 않는다. 층마다 너비가 절반이 되는 망에서 두 규칙을 견준다.",
                    en="Not judged: compares the two rules in a net that halves its width at each layer.",
                ),
                role="reports",
            )
            for rule, label in (
                ("fan_in", Text(ko="ρ, 좁아지는 망, 1/√n_in", en="ρ, narrowing net, 1/√n_in")),
                (
                    "glorot",
                    Text(ko="ρ, 좁아지는 망, √(2/(n_in+n_out))", en="ρ, narrowing net, √(2/(n_in + n_out))"),
                ),
            )
        ),
    ),
)


experiment = Experiment(params={}, replicates=0, claims=(D09, D12, D13))
