"""Channels turned into pixels, and in another order: what torch refuses, shapes, texts of the layers."""

from both import for_every, tells_the_same

PROGRAMS = [
    lambda t, F: F.pixel_shuffle(t.ones(4, 2), 2),
    lambda t, F: F.pixel_shuffle(t.ones(3, 2, 2), 2),
    lambda t, F: F.pixel_shuffle(t.ones(4, 2, 2), 0),
    lambda t, F: F.pixel_shuffle(t.ones(4, 2, 2), 2.0),
    lambda t, F: (
        F.pixel_shuffle(t.arange(48).reshape(1, 8, 3, 2), 2),
        F.pixel_shuffle(t.ones(0, 4, 2, 2), 2).shape,
    ),
    lambda t, F: F.pixel_unshuffle(t.ones(4, 3, 2), 2),
    lambda t, F: F.pixel_unshuffle(t.ones(4, 2, 3), 2),
    lambda t, F: F.pixel_unshuffle(t.arange(48).reshape(2, 1, 4, 6).transpose(2, 3), 2),
    lambda t, F: F.channel_shuffle(t.ones(4, 2), 2),
    lambda t, F: F.channel_shuffle(t.ones(1, 3, 2), 2),
    lambda t, F: F.channel_shuffle(t.ones(1, 4, 2), -1),
    lambda t, F: (
        t.channel_shuffle(t.arange(12).reshape(1, 6, 2), 3),
        F.channel_shuffle(t.ones(0, 4, 2), 2).shape,
    ),
    lambda t, F: (
        t.nn.PixelShuffle(2),
        t.nn.PixelUnshuffle(3),
        t.nn.ChannelShuffle(4),
        t.nn.Unflatten(1, (2, -1)),
    ),
    lambda t, F: t.nn.Unflatten(1, 3),
    lambda t, F: t.nn.Unflatten(1, (2.0,)),
    lambda t, F: t.nn.Unflatten(1, [2, 3])(t.arange(6).reshape(1, 6)),
]


@for_every(PROGRAMS)
def test_programs(program):
    tells_the_same(lambda t: program(t, t.nn.functional))
