// What somebody has chosen on this page: kept by the browser where it keeps anything, else until the page is left.

export class Choices {
  // `name`: under which they are kept. `defaults`: every choice with its default; a kept one of another type is not taken.
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
      console.info("the browser does not keep this choice:", error.message);
    }
  }
}

function kept(name) {
  try {
    const values = JSON.parse(localStorage.getItem(name) ?? "{}");
    return values !== null && typeof values === "object" ? values : {};
  } catch (error) {
    console.info("the kept choices cannot be read:", error.message);
    return {};
  }
}
