"""Makes what the tests of org.speechrate.encoder compare with, from utterances of the bundled sample.

To be run in its folder. Needs PyPI's Resemblyzer 0.1.4 with torch, librosa and webrtcvad-wheels, kaldi-native-fbank,
onnx, onnxruntime, soundfile and numpy. Newer scipy lacks a name that Resemblyzer imports; it is given back below.

fbank.npy    kaldi-native-fbank, 80 bins, Hamming, no dither, 16-bit scale, mean over time not subtracted, of FIRST
mels.npy     librosa's mel spectrogram as resemblyzer takes it, of FIRST, loudness and silences as they are
ge2e.npy     resemblyzer's embed_utterance(preprocess_wav(x)): of FIRST, SECOND, then of both with two seconds of
             silence between, shifted right by three bits (so quieter by 18 dB)
shaped/      a graph of WeSpeaker's names and shapes with random weights, [batch, frames, 80] to [batch, 256]
shaped.npy   what it makes of FIRST
stereo44100.mp3, stereo48000.opus   FIRST, the right channel half as loud as the left
"""

import glob
import os
import sys
import types

import kaldi_native_fbank
import numpy as np
import onnx
import onnxruntime
import scipy.ndimage
import soundfile
from onnx import TensorProto, helper, numpy_helper

morphology = types.ModuleType("scipy.ndimage.morphology")
morphology.binary_dilation = scipy.ndimage.binary_dilation
sys.modules["scipy.ndimage.morphology"] = morphology

import librosa  # noqa: E402
import resemblyzer  # noqa: E402
from resemblyzer import audio  # noqa: E402

SAMPLE = "../../../../../data/sample"
FIRST, SECOND = "9001-1-0000", "9014-1-0003"
RATE = 16000


def read(name):
    """16-bit samples."""
    (path,) = glob.glob(f"{SAMPLE}/corpus/**/{name}.flac", recursive=True)
    samples, rate = soundfile.read(path, dtype="int16")
    assert rate == RATE and samples.ndim == 1
    return samples


def full_scale(samples):
    return (samples / 32768).astype(np.float32)


def fbank(samples):
    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.dither = 0
    options.frame_opts.window_type = "hamming"
    options.frame_opts.samp_freq = RATE
    options.mel_opts.num_bins = 80
    computer = kaldi_native_fbank.OnlineFbank(options)
    computer.accept_waveform(RATE, samples.astype(np.float32).tolist())
    computer.input_finished()
    return np.stack([computer.get_frame(i) for i in range(computer.num_frames_ready)]).astype(np.float32)


def shaped(path):
    """A root mean square of each bin, two linear layers and a tanh."""
    random = np.random.default_rng(1)
    weights = {
        "w1": random.standard_normal((80, 8)).astype(np.float32) / 9,
        "w2": random.standard_normal((8, 256)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Mul", ["feats", "feats"], ["squares"]),
        helper.make_node("ReduceMean", ["squares"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("Sqrt", ["mean"], ["root"]),
        helper.make_node("MatMul", ["root", "w1"], ["low"]),
        helper.make_node("Tanh", ["low"], ["bent"]),
        helper.make_node("MatMul", ["bent", "w2"], ["embs"]),
    ]
    graph = helper.make_graph(
        nodes,
        "shaped",
        [helper.make_tensor_value_info("feats", TensorProto.FLOAT, ["B", "T", 80])],
        [helper.make_tensor_value_info("embs", TensorProto.FLOAT, ["B", 256])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def main():
    first, second = read(FIRST), read(SECOND)
    features = fbank(first)
    np.save("fbank.npy", features)
    np.save("mels.npy", np.ascontiguousarray(audio.wav_to_mel_spectrogram(full_scale(first))))

    encoder = resemblyzer.VoiceEncoder("cpu", verbose=False)
    joined = np.concatenate([first, np.zeros(2 * RATE, np.int16), second]) >> 3
    np.save(
        "ge2e.npy",
        np.stack([encoder.embed_utterance(audio.preprocess_wav(full_scale(x))) for x in (first, second, joined)]),
    )

    os.makedirs("shaped", exist_ok=True)
    shaped("shaped/shaped.onnx")
    session = onnxruntime.InferenceSession("shaped/shaped.onnx")
    np.save("shaped.npy", session.run(["embs"], {"feats": (features - features.mean(0))[None]})[0])

    for rate, name in ((44100, "stereo44100.mp3"), (48000, "stereo48000.opus")):
        left = librosa.resample(full_scale(first), orig_sr=RATE, target_sr=rate)
        kind = {"format": "OGG", "subtype": "OPUS"} if name.endswith("opus") else {}
        soundfile.write(name, np.stack([left, left / 2], 1), rate, **kind)


if __name__ == "__main__":
    main()
