// The page's own buttons open the chat, as any page's may.
for (const button of document.querySelectorAll("[data-ask]"))
  button.addEventListener("click", () => document.querySelector("plainscan-chat").open());
