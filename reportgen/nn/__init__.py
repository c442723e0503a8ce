"""Small neural networks in NumPy with a leading replicate axis; imports nothing else of reportgen.

Two halves. The *parts* are what the lecture teaches, one subject per file, written to be read: ``affine``,
``convolution``, ``activations``, ``batch_norm``, ``noise``, ``dropout``, ``residual``, ``losses``,
``initializers``, ``optimizers``, ``schedules``, ``surfaces`` (all layers together: ``layers``); ``passes``
puts them together to a network whose every number can be looked at. The *engine* (``engine/``)
trains many networks at once from the same formulas, in float32 and without allocating.

Training
--------
::

    from reportgen import nn

    network = nn.Network(widths=(64, 100, 100, 10), activation="relu", initializer=nn.He())
    arms = [
        nn.Arm(network=network, optimizer=nn.SGD(), learning_rate=lr, n_steps=300, batch_size=100)
        for lr in rates
    ]
    history = nn.train(arms, data, replicates, evaluate_every=12)   # data: one nn.Data per replicate
    history.test_accuracy            # (replicate, arm)

``Network(widths, activation="relu", initializer=He(), batch_norm=None, batch_norm_every=1, noise=None,
dropout=0.0, residual=False, loss="cross_entropy", output="linear")``
    ``widths`` from inputs to outputs, ``(64, 10)`` has no hidden layer. ``activation``: ``relu``, ``tanh``,
    ``sigmoid``, ``linear``. ``batch_norm``: ``None``, ``"before"`` (affine → BN → activation, without the
    bias that BN would cancel) or ``"after"`` (affine → activation → BN), hidden layers only;
    ``batch_norm_every=k``: in the k-th, 2k-th, … of them. ``noise``: ``Noise()`` after every BN in training,
    another shift and spread of each unit at every step (Santurkar et al. 2018). ``dropout``: probability of
    dropping a hidden unit's output. ``residual``: h + layer(h) wherever a hidden layer keeps its width.
    ``loss``: ``cross_entropy`` (labels 0 … n_out − 1), ``logistic`` (one output, labels 0 or 1) or ``mse``
    (mean over batch *and* units; targets (n, n_out)). ``output``: activation of the last layer, for ``mse``
    only.
``Arm(network, learning_rate, optimizer=SGD(), n_steps=300, batch_size=100, schedule=Constant(), n_train=None,
weight_decay=0.0)``
    One way to train. ``n_train`` takes the first rows of the training set only.
``Data(x_train, y_train, x_validation, y_validation, x_test, y_test)``
    One replicate's split; x (n, n_in). Label noise is put into ``y_train`` by the caller.
``train(arms, data, streams, *, pairs=None, evaluate_every=None, evaluate_at=(), stop_accuracy=None,
stop_loss=None, keep_parameters=False, keep_states=False, resume=None, block_size=None, dtype=np.float32)
-> History``
    ``streams[i].generator(name)`` gives replicate i's streams ``init``, ``batches``, ``dropout``, ``noise``
    (a ``Replicate`` of ``measure`` does). All arms of a replicate share them: arms with equal widths start
    from the same standard normals, scaled; arms with equal batch size see the same batches (epochs
    shuffled without replacement, an incomplete last batch is left out).

    ``pairs``: which (replicate, arm) to train, a boolean mask (n_replicates, n_arms) or a list of index
    pairs; e.g. to escalate those that failed: ``train([replace(a, n_steps=1200) for a in arms], …,
    pairs=failed)``, whose first 300 steps repeat the earlier run bit for bit (unless the schedule depends on
    ``n_steps``, as ``Cosine`` does). ``stop_accuracy`` ends a network early at the first evaluation step
    where its training accuracy reaches it: with ``n_steps=1200, evaluate_at=(300,), stop_accuracy=0.2``
    only the networks that failed at 300 go on to 1200. ``stop_loss`` ends a network at the first evaluation
    where its training loss is below it: with ``evaluate_every=10``, ``n_steps`` of the history is then the
    number of updates that it took, to 10, unless it is the arm's ``n_steps`` and ``train_loss`` stayed above.

    Where a whole group decides who goes on, the networks need not start again: ``first = train(arms, …,
    keep_states=True)``, then ``train(longer, …, pairs=failed, resume=first)``, the same numbers as without
    ``resume``. States take the room of the parameters (twice or three times that with momentum or Adam).

    Numbers do not depend on the block size, nor on which other arms or replicates are trained.
``History``, arrays over (replicate, arm, …), NaN where not trained:
    ``loss`` (…, max n_steps): batch loss before each update, NaN after the last one; ``inf`` from
    divergence on. ``evaluation_steps`` (n_evaluations,): numbers of updates done, 0 = initial network;
    every arm's last step is among them. ``train_accuracy``, ``train_loss`` (…, n_evaluations) on the whole
    training set in evaluation mode, NaN where the arm has no such step. ``validation_accuracy``,
    ``test_accuracy``, ``validation_loss``, ``test_loss`` (replicate, arm): at the end, BN with running
    statistics, no dropout. ``n_steps`` (replicate, arm): updates done. ``diverged`` (replicate, arm):
    loss, parameters or statistics overflowed; accuracy then is **0** and loss **inf**, so that a diverged
    run takes the worst rank. Accuracies of ``mse`` networks are NaN. ``trained`` is the mask.
    ``parameters[replicate, arm]``: the final ``Parameters`` if ``keep_parameters``.

A network in the open
---------------------
For what training does not record, in float64; leading axes broadcast, so networks go through together::

    parameters = nn.initial_parameters(network, [r.generator("init") for r in replicates])   # (R, …)
    activity = nn.forward(network, parameters, x)                # x (batch, n_in) or (R, batch, n_in)
    gradients = nn.backward(network, parameters, activity, y)    # y (batch,) or (R, batch)
    moved = parameters.map(lambda w, g: w - 0.1 * g, gradients.parameters)

``forward(network, parameters, x, *, running_statistics=False) -> Activity``
    Per layer, the output layer last: ``inputs`` (what it gets), ``pre_activations`` (z = xW + b),
    ``normalized`` (what BN makes; None without), ``activations`` (what φ makes); ``outputs``: the last
    activations, the logits. BN takes the statistics of the batch, or the stored ones. No dropout, no noise.
``backward(network, parameters, activity, targets) -> Gradients``
    ``loss`` (R,); ``deltas`` (∂L/∂z at ``pre_activations``); ``parameters``: ∂L/∂ each, as ``Parameters``. BN
    with the statistics of the batch only. ``losses.loss_and_gradient(network.loss, activity.outputs, y)``
    gives the loss without going back.
``Parameters``: ``weights``, ``biases`` (per layer; None where BN cancels it), ``gammas``, ``betas``,
    ``running_means``, ``running_variances`` (per BN). ``map(function, *others)`` applies a function to all
    that is learned; ``dataclasses.replace(parameters, weights=…)`` changes one kind.
``initial_parameters(network, generators) -> Parameters``
    One network per generator; from the streams ``init`` the ones that ``train`` starts from in float64.

Optimizers
----------
``SGD()``, ``Momentum(momentum=0.9)``, ``Nesterov(momentum=0.9)``, ``AdaGrad(eps=1e-7)``,
``RMSProp(decay=0.99, eps=1e-8)``, ``Adam(beta1=0.9, beta2=0.999, eps=1e-8, bias_correction=True)``:
frozen; ``state = init(params)``; ``params, state = update(params, grads, state, learning_rate)`` on
arrays of any shape and float type, never in place. The learning rate may be an array that broadcasts.
Momentum is v ← μv + g, w ← w − ηv (as in PyTorch; under a schedule this differs from v ← μv − ηg).
``optimizers.by_name()``: all six, ``{"sgd": SGD(), …}``.

Schedules: ``Constant()``, ``Step(every=100, factor=0.1)``, ``Cosine(final=0.0)``; ``factors(n_steps)``.

Surfaces (``nn.surfaces``): ``Quadratic(curvatures=(0.1, 2.0))``; ``BOWL`` (x²/20 + y²), ``SADDLE`` (x² − y²);
``.value(points)``, ``.gradient(points)`` with points (…, 2); ``descend(optimizer, gradient, start,
learning_rate, n_steps)`` → path (n_steps + 1, …, 2) in float64 for all learning rates and starts at once
(leading axes broadcast).

Initializers: ``Normal(std=0.01)``, ``Xavier(gain=1.0)`` (gain/√n_in), ``Glorot()`` (√(2/(n_in + n_out))),
``XavierUniform()`` (U(±√(6/(n_in + n_out))), the same variance), ``UniformFanIn()`` (U(±1/√n_in)),
``He()`` (√(2/n_in)); ``standard_deviation(fan_in, fan_out)``, ``sample(generator, shape)`` with shape (…,
n_in, n_out).
"""

from reportgen.nn import initializers, layers, losses, optimizers, schedules, surfaces
from reportgen.nn.arms import Arm, Data, Network, Streams
from reportgen.nn.history import History
from reportgen.nn.initializers import Glorot, He, Initializer, Normal, UniformFanIn, Xavier, XavierUniform
from reportgen.nn.noise import Noise
from reportgen.nn.optimizers import SGD, AdaGrad, Adam, Momentum, Nesterov, Optimizer, RMSProp
from reportgen.nn.parameters import Parameters, initial_parameters
from reportgen.nn.passes import Activity, Gradients, backward, forward
from reportgen.nn.schedules import Constant, Cosine, Schedule, Step
from reportgen.nn.surfaces import descend
from reportgen.nn.training import train

__all__ = [
    "SGD",
    "Activity",
    "AdaGrad",
    "Adam",
    "Arm",
    "Constant",
    "Cosine",
    "Data",
    "Glorot",
    "Gradients",
    "He",
    "History",
    "Initializer",
    "Momentum",
    "Nesterov",
    "Network",
    "Noise",
    "Normal",
    "Optimizer",
    "Parameters",
    "RMSProp",
    "Schedule",
    "Step",
    "Streams",
    "UniformFanIn",
    "Xavier",
    "XavierUniform",
    "backward",
    "descend",
    "forward",
    "initial_parameters",
    "initializers",
    "layers",
    "losses",
    "optimizers",
    "schedules",
    "surfaces",
    "train",
]
