// Verifies a message as Standard Webhooks says, with nothing but Node: reads {headers, body, secret, now} as JSON, the body in
// base64, and writes what the body tells. Ends with 1 and a reason where the message is not to be believed.
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";

const TOLERANCE_SECONDS = 5 * 60;

function verified({ headers, body, secret, now }) {
  const id = headers["webhook-id"];
  const at = headers["webhook-timestamp"];
  if (!id || !/^[0-9]+$/.test(at ?? "")) throw new Error("no id or timestamp");
  if (Math.abs(now - Number(at)) > TOLERANCE_SECONDS) throw new Error("too old or too new");
  const raw = Buffer.from(body, "base64");
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const right = createHmac("sha256", key).update(`${id}.${at}.`).update(raw).digest();
  const given = (headers["webhook-signature"] ?? "").split(" ").map((one) => one.split(","));
  const signed = given.some(([version, text]) => {
    const bytes = Buffer.from(text ?? "", "base64");
    return version === "v1" && bytes.length === right.length && timingSafeEqual(bytes, right);
  });
  if (!signed) throw new Error("no signature fits");
  return JSON.parse(raw.toString("utf8"));
}

try {
  process.stdout.write(JSON.stringify(verified(JSON.parse(readFileSync(0, "utf8")))));
} catch (error) {
  process.stderr.write(error.message);
  process.exit(1);
}
