(() => {
  "use strict";
  const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
  const months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December"];
  const { monthFirst, twelveHours } = document.body.dataset;
  const two = (number) => String(number).padStart(2, "0");
  const some = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

  const clock = (at) => {
    const hour = at.getHours(), minute = at.getMinutes();
    if (minute === 0 && hour === 0) return "midnight";
    if (minute === 0 && hour === 12) return "noon";
    if (twelveHours !== "yes") return `${two(hour)}:${two(minute)}`;
    return `${hour % 12 || 12}:${two(minute)} ${hour >= 12 ? "PM" : "AM"}`;
  };
  const day = (at) => {
    const name = days[at.getDay()], month = months[at.getMonth()], year = at.getFullYear();
    return monthFirst === "yes" ? `${name}, ${month} ${at.getDate()}, ${year}` : `${name} ${at.getDate()} ${month} ${year}`;
  };
  const span = (starts, ends) => {
    const lastMoment = new Date(ends.getTime() - 1);
    const within = starts.toDateString() === (clock(ends) === "midnight" ? lastMoment : ends).toDateString();
    return `${day(starts)}, ${clock(starts)} to ${within ? "" : `${day(ends)}, `}${clock(ends)}`;
  };
  const length = (milliseconds) => {
    let minutes = Math.floor(milliseconds / 60000);
    const parts = [];
    for (const [size, noun] of [[1440, "day"], [60, "hour"], [1, "minute"]]) {
      if (parts.length < 2 && (minutes >= size || parts.length)) {
        const count = Math.floor(minutes / size);
        parts.push(count ? some(count, noun) : "");
        minutes %= size;
      }
    }
    return parts.filter(Boolean).join(" ") || "less than a minute";
  };
  const show = () => {
    const now = Date.now();
    for (const part of document.querySelectorAll("article")) {
      const starts = new Date(part.dataset.starts), ends = new Date(part.dataset.ends);
      const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
      const own = part.querySelector(".own"), left = part.querySelector(".left");
      own.textContent = `On your own clock${zone ? ` (${zone.split("/").pop().replaceAll("_", " ")})` : ""}: ${span(starts, ends)}`;
      const doubt = part.dataset.certain === "yes" ? "" : ", if the date holds";
      if (now >= ends) left.textContent = "This is over.";
      else if (now >= starts) left.textContent = `Going on now, for ${length(ends - now)} at most${doubt}.`;
      else left.textContent = `In ${length(starts - now)}${doubt}.`;
      own.hidden = left.hidden = false;
    }
  };
  show();
  setInterval(show, 15000);
})();
