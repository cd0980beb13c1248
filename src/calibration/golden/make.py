"""Makes the golden files beside it, from scikit-learn, SciPy and plain enumeration, for the tests to compare with.

python3 -m venv /tmp/py && /tmp/py/bin/pip install numpy==2.* scipy==1.17.1 scikit-learn==1.9.1
/tmp/py/bin/python src/calibration/golden/make.py
"""

import json
from pathlib import Path

import numpy as np
from scipy import optimize, special, stats
from sklearn.calibration import _SigmoidCalibration
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

HERE = Path(__file__).parent
rng = np.random.default_rng(20261124)


def plain(value):
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value.item() if isinstance(value, np.generic) else value


def write(name, value):
    (HERE / f"{name}.json").write_text(json.dumps(plain(value), separators=(",", ":")) + "\n")


def logistic_loss(beta, x, y, weight, penalty, prior):
    z = x @ beta
    return np.sum(weight * (np.logaddexp(0, z) - y * z)) + 0.5 * np.sum(penalty * (beta - prior) ** 2)


def logistic_gradient(beta, x, y, weight, penalty, prior):
    return x.T @ (weight * (special.expit(x @ beta) - y)) + penalty * (beta - prior)


def logistic_by_bfgs(x, y, weight, penalty, prior):
    """SciPy's BFGS on the objective as written down, polished by its root finder on the gradient."""
    arguments = (x, y, weight, penalty, prior)
    rough = optimize.minimize(logistic_loss, prior, arguments, jac=logistic_gradient, method="BFGS", tol=1e-10).x
    return optimize.root(logistic_gradient, rough, arguments, tol=1e-13).x


def covariance(beta, x, weight, penalty):
    p = special.expit(x @ beta)
    return np.linalg.inv((x.T * (weight * p * (1 - p))) @ x + np.diag(penalty))


def make_logistic():
    n = 80
    x = np.column_stack([np.ones(n), rng.normal(size=(n, 3)) * [1, 3, 0.2]]).round(4)
    y = (rng.random(n) < special.expit(x @ [0.4, 1.2, -0.5, 2])).astype(float)
    weight = rng.choice([0.5, 1, 1, 2, 3.25], n)
    soft = rng.choice([0, 0.5, 1], n)
    cases = []

    # scikit-learn: unpenalised intercept, and a penalty for each column by scaling the columns.
    penalty = np.array([0, 1, 0.3, 4])
    model = LogisticRegression(C=1, tol=1e-12, max_iter=10_000, solver="lbfgs")
    scale = np.sqrt(penalty[1:])
    model.fit(x[:, 1:] / scale, y, sample_weight=weight)
    beta = np.concatenate([model.intercept_, model.coef_[0] / scale])
    cases.append(dict(by="sklearn LogisticRegression", y=y, penalty=penalty, prior=np.zeros(4), beta=beta, tolerance=1e-5))

    for labels, by in [(y, "scipy BFGS"), (soft, "scipy BFGS, soft labels")]:
        penalty = np.array([1e-3, 2, 0.05, 20])
        prior = np.array([-0.5, 1, 0, 0.7])
        beta = logistic_by_bfgs(x, labels, weight, penalty, prior)
        cases.append(dict(by=by, y=labels, penalty=penalty, prior=prior, beta=beta, tolerance=1e-8))
    for case in cases:
        case["covariance"] = covariance(case["beta"], x, weight, case["penalty"]).ravel()
    write("logistic", dict(x=x, weight=weight, cases=cases))


def make_ridge():
    n = 30
    x = np.column_stack([np.ones(n), rng.normal(size=(n, 3))]).round(4)
    y = (x @ [2, -1, 0.5, 0] + rng.normal(0, 0.5, n)).round(4)
    weight = rng.choice([0.5, 1, 2], n)
    penalty = np.array([0, 1, 5, 0.2])
    prior = np.array([0, -0.5, 1, 0.3])
    left = np.vstack([np.sqrt(weight)[:, None] * x, np.diag(np.sqrt(penalty))])
    right = np.concatenate([np.sqrt(weight) * y, np.sqrt(penalty) * prior])
    beta = np.linalg.lstsq(left, right, rcond=None)[0]
    write("ridge", dict(x=x, y=y, weight=weight, penalty=penalty, prior=prior, beta=beta))


def make_metrics():
    n = 120
    predicted = rng.beta(2, 1, n).round(2)  # two digits: many ties
    other = np.clip(predicted + rng.normal(0, 0.3, n), 0, 1).round(3)
    outcome = (rng.random(n) < predicted**1.5).astype(float)
    weight = rng.choice([0.5, 1, 2, 3], n)
    clipped = np.clip(predicted, 1e-6, 1 - 1e-6)
    # 14 distinct bins of 8 distinct predictions each, so that any equal-mass binning is the same one.
    distinct = np.sort(rng.random(112))
    rare = (rng.random(112) < distinct**2).astype(float)
    parts = list(zip(np.split(distinct, 14), np.split(rare, 14)))
    ece = np.mean([abs(p.mean() - o.mean()) for p, o in parts])
    square = np.mean([(p.mean() - o.mean()) ** 2 - o.mean() * (1 - o.mean()) / (len(o) - 1) for p, o in parts])
    # Risk–coverage by brute force: serve tied rows in many random orders, integrate on a fine grid.
    loss = 1 - outcome
    coverage = np.linspace(0, 1, 200_001)[1:]
    order = np.argsort(-predicted, kind="stable")
    thresholds, start = np.unique(-predicted[order], return_index=True)
    rates = np.empty(n)
    for begin, end in zip(start, [*start[1:], n]):
        rates[begin:end] = loss[order][begin:end].mean()
    cumulative = np.interp(coverage * n, np.arange(n + 1), np.concatenate([[0], np.cumsum(rates)]))
    write(
        "metrics",
        dict(
            predicted=predicted,
            other=other,
            outcome=outcome,
            weight=weight,
            brier=brier_score_loss(outcome, predicted, sample_weight=weight),
            logLoss=log_loss(outcome, np.column_stack([1 - clipped, clipped]), sample_weight=weight),
            auroc=roc_auc_score(outcome, predicted, sample_weight=weight),
            aurocUnweighted=roc_auc_score(outcome, predicted),
            riskCoverageArea=np.trapezoid(np.concatenate([[rates[0]], cumulative / (coverage * n)]), np.concatenate([[0], coverage])),
            bins=dict(predicted=distinct, outcome=rare, count=14, ece=ece, debiased=np.sqrt(max(0, square))),
        ),
    )


def make_calibrators():
    n = 150
    predicted = rng.beta(1.5, 1, n).round(2)
    outcome = (rng.random(n) < special.expit(1.5 * special.logit(np.clip(predicted, 0.01, 0.99)) - 0.5)).astype(float)
    weight = rng.choice([0.5, 1, 2], n)
    clipped = np.clip(predicted, 1e-6, 1 - 1e-6)
    z = special.logit(clipped)

    # scikit-learn's own Platt scaling, with the smoothed targets: p = 1/(1 + exp(a·z + b)).
    platt = _SigmoidCalibration().fit(z, outcome, weight)
    plain = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000).fit(z[:, None], outcome, sample_weight=weight)
    sigmoid = dict(smooth=[-platt.a_, -platt.b_], plain=[plain.coef_[0, 0], plain.intercept_[0]])

    # Beta calibration as a bounded optimum, by SciPy's L-BFGS-B; in the second the bound on a binds, in the third on both.
    features = np.column_stack([np.log(clipped), -np.log1p(-clipped), np.ones(n)])
    beta = []
    for labels in [outcome, ((predicted > 0.8) | (predicted < 0.1)).astype(float), 1 - outcome]:
        loss = lambda at: logistic_loss(at, features, labels, weight, np.zeros(3), np.zeros(3))
        slope = lambda at: logistic_gradient(at, features, labels, weight, np.zeros(3), np.zeros(3))
        bounds = [(0, None), (0, None), (None, None)]
        found = optimize.minimize(loss, [1, 1, 0], jac=slope, bounds=bounds, method="L-BFGS-B", options=dict(ftol=1e-15, gtol=1e-10))
        beta.append(dict(outcome=labels, parameters=found.x, loss=found.fun))

    isotonic = IsotonicRegression(out_of_bounds="clip").fit(predicted, outcome, sample_weight=weight)
    queries = np.concatenate([[0, 1], np.unique(predicted)[::4], rng.random(15).round(3)])

    # Venn–Abers as defined: isotonic regression once more for every query and either label.
    def venn_abers(query, label):
        fit = IsotonicRegression().fit(np.append(predicted, query), np.append(outcome, label), sample_weight=np.append(weight, 1))
        return fit.predict([query])[0]

    write(
        "calibrators",
        dict(
            predicted=predicted,
            outcome=outcome,
            weight=weight,
            sigmoid=sigmoid,
            beta=beta,
            queries=queries,
            isotonic=isotonic.predict(queries),
            low=[venn_abers(query, 0) for query in queries],
            high=[venn_abers(query, 1) for query in queries],
        ),
    )


def make_binomial():
    cases = [(0, 10, 0.3), (3, 10, 0.3), (10, 10, 0.3), (40, 1000, 0.02), (2, 1000, 0.02), (480, 1000, 0.5), (700, 1000, 0.5)]
    cases += [(150, 100_000, 0.002), (99_990, 100_000, 0.9999), (5, 17, 1e-9), (0, 5, 0.0), (5, 5, 1.0)]
    rows = [
        dict(k=k, n=n, p=p, mass=stats.binom.pmf(k, n, p), lower=stats.binom.cdf(k, n, p), upper=stats.binom.sf(k - 1, n, p))
        for k, n, p in cases
    ]
    intervals = []
    for k, n, certainty in [(0, 10, 0.9), (3, 10, 0.9), (10, 10, 0.99), (100, 1000, 0.999), (3, 100_000, 0.95)]:
        interval = stats.binomtest(k, n).proportion_ci(certainty, method="exact")
        intervals.append(dict(k=k, n=n, certainty=certainty, lower=interval.low, upper=interval.high))
    write("binomial", dict(rows=rows, intervals=intervals))


def tango_by_search(b, c, n, margin):
    """The score statistic with the chance of a `better` pair found as the likelihood's maximum by a root finder."""
    top = (1 - margin) / 2

    def slope(q):
        return (b / (q + margin) if b else 0) + (c / q if c else 0) - (2 * (n - b - c) / (1 - 2 * q - margin) if b + c < n else 0)

    tiny = 1e-14
    if slope(tiny) <= 0:
        q = 0.0
    elif slope(top - tiny) >= 0:
        q = top
    else:
        q = optimize.brentq(slope, tiny, top - tiny, xtol=1e-16, rtol=1e-14)
    return (b - c - n * margin) / np.sqrt(n * (2 * q + margin - margin**2))


def exact_by_enumeration(b, c, n, margin, level):
    """Every table of n pairs, its chance as a trinomial, the supremum over a dense grid and a bounded search around its best."""
    tables = [(i, j) for i in range(n + 1) for j in range(n + 1 - i)]
    observed = tango_by_search(b, c, n, margin)
    region = np.array([(i, j) for i, j in tables if tango_by_search(i, j, n, margin) <= observed + 1e-9])
    i, j = region[:, 0], region[:, 1]
    ways = special.gammaln(n + 1) - special.gammaln(i + 1) - special.gammaln(j + 1) - special.gammaln(n - i - j + 1)

    def chance(share):
        up, down = (share + margin) / 2, (share - margin) / 2
        return np.exp(ways + special.xlogy(i, up) + special.xlogy(j, down) + special.xlogy(n - i - j, 1 - share)).sum()

    gamma = level / 100
    m = b + c
    low = 0 if m == 0 else stats.beta.ppf(gamma / 2, m, n - m + 1)
    high = 1 if m == n else stats.beta.ppf(1 - gamma / 2, m + 1, n - m)
    low, high = max(low, margin), max(high, margin)
    grid = np.linspace(low, high, 2001)
    best = grid[np.argmax([chance(share) for share in grid])]
    width = (high - low) / 2000
    found = optimize.minimize_scalar(
        lambda share: -chance(share), bounds=(max(low, best - width), min(high, best + width)), method="bounded", options=dict(xatol=1e-12)
    )
    return min(1, gamma + max(chance(best), -found.fun if high > low else 0))


def make_non_inferiority():
    scores = [(b, c, n, d) for b, c, n, d in [(0, 0, 20, 0.05), (3, 1, 20, 0.05), (0, 5, 30, 0.1), (30, 0, 30, 0.1), (7, 9, 1000, 0.02), (500, 500, 1000, 0.3)]]
    tests = [(0, 0, 20, 0.05, 0.1), (0, 0, 60, 0.05, 0.1), (0, 2, 40, 0.05, 0.1), (1, 3, 40, 0.1, 0.1), (5, 5, 40, 0.1, 0.05), (12, 2, 40, 0.1, 0.1)]
    tests += [(20, 20, 40, 0.2, 0.1), (0, 40, 40, 0.05, 0.1), (40, 0, 40, 0.05, 0.1), (2, 6, 120, 0.02, 0.1), (1, 1, 120, 0.05, 0.0167), (14, 12, 200, 0.05, 0.1)]
    write(
        "non-inferiority",
        dict(
            scores=[dict(worse=b, better=c, pairs=n, maxLoss=d, z=tango_by_search(b, c, n, d)) for b, c, n, d in scores],
            tests=[
                dict(worse=b, better=c, pairs=n, maxLoss=d, level=a, p=exact_by_enumeration(b, c, n, d, a)) for b, c, n, d, a in tests
            ],
        ),
    )


def make_betting():
    """The capital as a product, written from the formulas row by row."""
    cases = []
    for n, margin, level, mean in [(200, 0.05, 0.1, -0.05), (400, 0.02, 0.05, 0.0), (50, 0.05, 0.1, 0.2)]:
        losses = np.clip(rng.choice([0, 0, 0, 0.5, -0.5, 1, -1], n) * 0.6 + mean, -1, 1).round(2)
        x, t = (losses + 1) / 2, (margin + 1) / 2
        means = [(0.5 + x[: i + 1].sum()) / (i + 2) for i in range(n)]
        variances = [(0.25 + sum((x[j] - means[j]) ** 2 for j in range(i))) / (i + 1) for i in range(n)]
        bets = [min(np.sqrt(2 * np.log(1 / level) / (n * v)), 0.9 / (1 - t)) for v in variances]
        capital = np.cumprod([1 - bet * (value - t) for bet, value in zip(bets, x)])
        cases.append(dict(losses=losses, maxLoss=margin, level=level, p=min(1, 1 / capital.max())))
    write("betting", cases)


def make_normal():
    at = [1e-300, 1e-20, 1e-5, 0.01, 0.05, 0.0749, 0.0751, 0.3, 0.5, 0.6, 0.925, 0.9251, 0.975, 0.999, 1 - 1e-12]
    # Wilson's interval at .95 and .99, as SciPy gives it.
    wilson = []
    for k, n, certainty in [(0, 10, 0.95), (3, 10, 0.95), (10, 10, 0.95), (45, 60, 0.99), (1, 1000, 0.95)]:
        interval = stats.binomtest(k, n).proportion_ci(certainty, method="wilson")
        wilson.append(dict(k=k, n=n, certainty=certainty, lower=interval.low, upper=interval.high))
    z = [-40, -9, -6, -3.1, -1.96, -0.5, 0, 1e-9, 0.3, 1.2815515655446004, 2.5, 5, 8.5, 40]
    write("normal", dict(at=at, quantile=stats.norm.ppf(at), wilson=wilson, z=z, probability=stats.norm.cdf(z)))


def hajek(z, weight):
    """A weighted mean, and its variance from how it moves as each row's weight does: a numerical derivative of the mean itself."""
    total = lambda weights: np.sum(weights * z) / np.sum(weights)
    step = 1e-6 * weight
    moved = [(total(weight + step * (np.arange(len(z)) == row)) - total(weight - step * (np.arange(len(z)) == row))) / (2e-6) for row in range(len(z))]
    return total(weight), np.sum(np.square(moved)) * len(z) / (len(z) - 1)


def make_prediction_powered():
    """The tuning as the minimum that a bounded search finds of the variance as written down, not by its formula."""
    own = np.random.default_rng(231101453)
    cases = []
    for n, labelled, noise, weighted in [(60, 20, 0.1, False), (60, 20, 0.45, True), (400, 40, 0.05, True), (30, 30, 0.1, True), (50, 12, 1.0, True)]:
        good = own.choice([0, 0, 0, 0.5, 1, -1], n)
        cheap = np.where(own.random(n) < noise, own.choice([0, 1, -1], n), good)
        weight = 1 / own.choice([0.05, 0.25, 0.5, 1], n) if weighted else np.ones(n)
        known = np.arange(n) < labelled

        def at(share):
            rest, rest_variance = hajek(cheap[~known], weight[~known]) if labelled < n else (0, 0)
            cheap_known, _ = hajek(cheap[known], weight[known])
            mean, _ = hajek(good[known], weight[known])
            _, variance = hajek(good[known] - share * cheap[known], weight[known])
            return mean - share * (cheap_known - rest), variance + share**2 * rest_variance

        if labelled < n:
            share = optimize.minimize_scalar(lambda share: at(share)[1], bounds=(0, 1), method="bounded", options=dict(xatol=1e-12)).x
        else:
            share = 0
        estimate, variance = at(share)
        error = np.sqrt(variance)
        half = stats.norm.ppf(0.95) * error
        cases.append(
            dict(cheap=cheap, good=good[known], weight=weight, tuning=share, estimate=estimate, error=error, lower=estimate - half, upper=estimate + half)
        )
    write("prediction-powered", cases)


if __name__ == "__main__":
    make_logistic()
    make_metrics()
    make_normal()
    make_ridge()
    make_calibrators()
    make_binomial()
    make_non_inferiority()
    make_betting()
    make_prediction_powered()
