// nodemailer with a pool of sessions; it builds a message for each reader.
import { readFileSync } from "node:fs";
import nodemailer from "nodemailer";

const [file, port, count, connections] = process.argv.slice(2);
const letter = JSON.parse(readFileSync(file, "utf8"));
const transport = nodemailer.createTransport({
  host: "127.0.0.1",
  port: Number(port),
  pool: true,
  maxConnections: Number(connections),
  maxMessages: Infinity,
  secure: false,
  ignoreTLS: true,
});
let next = 0;
const one = async () => {
  while (next < Number(count)) {
    const number = next++;
    const token = String(number).padStart(40, "0");
    await transport.sendMail({
      from: "The Harbour Gazette <briefing@gazette.example>",
      to: `reader${number}@inbox.example`,
      subject: letter.subject,
      text: letter.text.replaceAll(letter.slot, token),
      html: letter.html.replaceAll(letter.slot, token),
      headers: {
        "List-Unsubscribe": {
          prepared: true,
          value: `<https://gazette.example/unsubscribe/${token}>`,
        },
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
      },
    });
  }
};
const began = performance.now();
await Promise.all(Array.from({ length: Number(connections) }, one));
const seconds = (performance.now() - began) / 1000;
transport.close();
console.log(JSON.stringify({ seconds }));
