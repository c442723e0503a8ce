"""Sums: what needs no measurement, and what other experiments measure."""

from reportgen import Check, Claim, Erratum, Experiment, Text


def closer(averages):
    """Tell for each replicate whether the average of many is nearer to 0 than one number."""
    distance = abs(averages["average"].values)
    return distance[:, -1] < distance[:, 0]


experiment = Experiment(
    params={},
    replicates=0,
    claims=(
        Claim(  # definition
            id="M06",
            says=Text(ko="합은 더한 결과이다.", en="A sum is what adding gives."),
            source="Sums",
        ),
        Claim(  # erratum
            id="M07",
            says=Text(ko="1부터 100까지의 합은 5000이다.", en="The numbers from 1 to 100 add up to 5000."),
            better=Text(ko="합은 5050이다.", en="They add up to 5050."),
            source="Sums",
            checks=(
                Check(
                    name="printed",
                    label=Text(ko="적힌 합", en="printed sum"),
                    quantity=lambda: float(sum(range(101))),
                    estimator="exact",
                    relation="within",
                    bound=(4999.5, 5000.5),
                    because=Text(ko="적힌 수 그대로", en="the number as it is printed"),
                    role="printed",
                    erratum=Erratum(
                        printed=Text(ko="$1 + … + 100 = 5000$", en="$1 + … + 100 = 5000$"),
                        correct=Text(ko="$1 + … + 100 = 5050$", en="$1 + … + 100 = 5050$"),
                        evidence=Text(
                            ko="더하면 {M07.printed.estimate:.0f}이다.",
                            en="Adding gives {M07.printed.estimate:.0f}.",
                        ),
                        severity="slip",
                    ),
                ),
            ),
        ),
        Claim(  # confirmed, by the data of another experiment
            id="M08",
            says=Text(ko="더할수록 평균은 0에 다가간다.", en="Adding brings the average nearer to 0."),
            source="Sums",
            data=("averages",),
            checks=(
                Check(
                    name="closer",
                    label=Text(ko="가까워진 비율", en="share that came nearer"),
                    quantity=closer,
                    estimator="proportion",
                    relation=">=",
                    bound=0.5,
                    because=Text(ko="절반보다 많아야 한다", en="more often than not"),
                ),
            ),
        ),
        Claim(  # follows a refuted one
            id="M09",
            says=Text(ko="따라서 수 하나로 충분하다.", en="So one number is enough."),
            better=Text(ko="수 하나로는 부족하다.", en="One number is not enough."),
            source="Sums",
            follows=("M02",),
        ),
    ),
)
