import numpy as np

from audioset.hearing.speech.detector import SpeechDetector
from audioset.hearing.speech.detector_graph import FRAME_SAMPLES, published_model_path
from audioset.media.resample import Resampler
from tests.sounds import SPEECH_RATE, noise, silence, spoken


def speech_at_16_khz() -> np.ndarray:
    return Resampler(SPEECH_RATE, 16_000).push(spoken()[0], last=True)


def published_probabilities(samples: np.ndarray) -> np.ndarray:
    """The published step-by-step model, one call per frame, after a second of silence."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(published_model_path()))
    lead = 31 * FRAME_SAMPLES
    padded = np.zeros(lead + -(-samples.size // FRAME_SAMPLES) * FRAME_SAMPLES, np.float32)
    padded[lead : lead + samples.size] = samples
    state, context = np.zeros((2, 1, 128), np.float32), np.zeros(64, np.float32)
    found = []
    for frame in padded.reshape(-1, FRAME_SAMPLES):
        feed = {"input": np.concatenate([context, frame])[None], "state": state}
        output, state = session.run(None, feed | {"sr": np.array(16_000, np.int64)})
        context = frame[-64:]
        found.append(float(output[0, 0]))
    return np.array(found[31:])


def test_probabilities_equal_those_of_the_published_model() -> None:
    samples = speech_at_16_khz()
    ours = SpeechDetector().push(samples, last=True)
    theirs = published_probabilities(samples)
    audible = ours.levels_db >= -65
    assert np.abs(ours.probabilities - theirs)[audible].max() < 1e-5


def test_pieces_do_not_change_the_result() -> None:
    samples = speech_at_16_khz()
    whole = SpeechDetector().push(samples, last=True)
    detector, parts = SpeechDetector(), []
    for start in range(0, samples.size, 7_777):
        parts.append(detector.push(samples[start : start + 7_777], last=False))
    parts.append(detector.push(samples[:0], last=True))
    assert np.array_equal(np.concatenate([p.probabilities for p in parts]), whole.probabilities)
    assert np.array_equal(np.concatenate([p.levels_db for p in parts]), whole.levels_db)


def test_speech_is_heard_and_silence_and_noise_are_not() -> None:
    assert SpeechDetector().push(speech_at_16_khz(), last=True).probabilities.max() > 0.9
    assert SpeechDetector().push(silence(3, 16_000), last=True).probabilities.max() < 0.1
    hiss = SpeechDetector().push(noise(3, 16_000, level=0.05), last=True)
    assert hiss.probabilities.max() < 0.5
    assert abs(float(np.median(hiss.levels_db)) - 20 * np.log10(0.05)) < 0.5


def test_speech_that_nobody_can_hear_is_no_speech() -> None:
    whisper = SpeechDetector().push(speech_at_16_khz() * np.float32(1e-4), last=True)
    assert whisper.probabilities.max() < 0.5
