// The user's choices: stored by the browser if possible, otherwise until the page is closed.

export class Choices {
  // `name`: the storage key. `defaults`: every choice with its default; a stored value of another type is ignored.
  constructor(name, defaults) {
    this.name = name;
    this.values = { ...defaults };
    for (const [choice, value] of Object.entries(kept(name))) {
      if (choice in defaults && typeof value === typeof defaults[choice]) this.values[choice] = value;
    }
  }

  set(choice, value) {
    this.values[choice] = value;
    try {
      localStorage.setItem(this.name, JSON.stringify(this.values));
    } catch (error) {
      console.info("could not store this choice:", error.message);
    }
  }
}

function kept(name) {
  try {
    const values = JSON.parse(localStorage.getItem(name) ?? "{}");
    return values !== null && typeof values === "object" ? values : {};
  } catch (error) {
    console.info("could not read the stored choices:", error.message);
    return {};
  }
}
