// @upyo/smtp with a pool of sessions; it builds a message for each reader.
import { readFileSync } from "node:fs";
import { createMessage } from "@upyo/core";
import { SmtpTransport } from "@upyo/smtp";

const [file, port, count, connections] = process.argv.slice(2);
const letter = JSON.parse(readFileSync(file, "utf8"));
const transport = new SmtpTransport({
  host: "127.0.0.1",
  port: Number(port),
  secure: false,
  pool: true,
  poolSize: Number(connections),
});
let next = 0;
const one = async () => {
  while (next < Number(count)) {
    const number = next++;
    const token = String(number).padStart(40, "0");
    const receipt = await transport.send(
      createMessage({
        from: "The Harbour Gazette <briefing@gazette.example>",
        to: `reader${number}@inbox.example`,
        subject: letter.subject,
        content: {
          text: letter.text.replaceAll(letter.slot, token),
          html: letter.html.replaceAll(letter.slot, token),
        },
        headers: {
          "List-Unsubscribe": `<https://gazette.example/unsubscribe/${token}>`,
          "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
      }),
    );
    if (!receipt.successful) throw new Error(receipt.errorMessages.join(", "));
  }
};
const began = performance.now();
await Promise.all(Array.from({ length: Number(connections) }, one));
const seconds = (performance.now() - began) / 1000;
await transport.closeAllConnections();
console.log(JSON.stringify({ seconds }));
