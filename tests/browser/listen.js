/**
 * Runs before the page: keeps every sample that goes to the speaker, but for silence, in
 * `window.heard`, as 16 bit numbers. Its worklet has no file of the page's host, so the page must be
 * opened without its content security policy.
 */

(() => {
  const TAP = `registerProcessor("tap", class extends AudioWorkletProcessor {
    process([[input]]) {
      if (input) this.port.postMessage(input.slice());
      return true;
    }
  });`;
  const { addModule } = AudioWorklet.prototype;
  const { connect } = AudioNode.prototype;
  window.heard = [];
  AudioWorklet.prototype.addModule = async function (address) {
    await addModule.call(this, `data:text/javascript,${encodeURIComponent(TAP)}`);
    await addModule.call(this, address);
  };
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) {
      const tap = new AudioWorkletNode(this.context, "tap", { numberOfOutputs: 0 });
      tap.port.onmessage = ({ data }) => {
        for (const sample of data) if (sample !== 0) window.heard.push(Math.round(sample * 32768));
      };
      connect.call(this, tap);
    }
    return connect.call(this, to, ...rest);
  };
})();
