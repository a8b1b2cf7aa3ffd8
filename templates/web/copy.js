// Adds a button to each address that can be copied. Without it, the address is there to be selected.
for (const row of document.querySelectorAll("[data-copy]")) {
  const field = row.querySelector("input");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = row.dataset.copy;
  button.setAttribute("aria-describedby", field.id);
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy");
    }
    button.textContent = row.dataset.copied;
    setTimeout(() => { button.textContent = row.dataset.copy; }, 2000);
  });
  row.append(button);
}
